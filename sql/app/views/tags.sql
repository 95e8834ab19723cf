-- The own tags. See app_data.tags for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.tags
with (security_invoker = true)
as
select t.*
from app_data.tags as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.tags is
'A word that a person puts on tasks, across projects.';
grant select, insert, update, delete on app.tags to todo_user;
