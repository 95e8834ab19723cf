-- Which of the own tags are on which tasks. See app_data.task_tags for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.task_tags
with (security_invoker = true)
as
select t.*
from app_data.task_tags as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.task_tags is
'A tag on a task.';
grant select, insert, delete on app.task_tags to todo_user;
