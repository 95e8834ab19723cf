-- How much is in the own space. See app_data.spaces for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.spaces
with (security_invoker = true)
as
select t.*
from app_data.spaces as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.spaces is
'The space of one person: the lock of its writes and how much is in it.';
grant select on app.spaces to todo_user;
