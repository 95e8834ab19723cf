-- The own tasks. See app_data.tasks for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.tasks
with (security_invoker = true)
as
select t.*
from app_data.tasks as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.tasks is
'Something to do, in one project of one person''s space, perhaps below another task.';
grant select, insert, update, delete on app.tasks to todo_user;
