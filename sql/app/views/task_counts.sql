-- The counts of the own projects. See app_data.task_counts for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.task_counts
with (security_invoker = true)
as
select t.*
from app_data.task_counts as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.task_counts is
'How many tasks of each status a project has.';
grant select on app.task_counts to todo_user;
