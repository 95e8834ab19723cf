-- The own commands. See app_data.commands for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.commands
with (security_invoker = true)
as
select t.*
from app_data.commands as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.commands is
'A command that was carried out, so that it is not carried out twice.';
grant select, insert on app.commands to todo_user;
