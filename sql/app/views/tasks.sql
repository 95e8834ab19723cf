-- The own tasks. See app_data.tasks for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.tasks
with (security_invoker = true)
as
select
    t.user_id,
    t.id,
    t.project_id,
    t.parent_id,
    t.created_by,
    t.assignee_id,
    t.deletion_id,
    t.created_at,
    t.updated_at,
    t.completed_at,
    t.deleted_at,
    t.due_at,
    t.due_time,
    t.due_date,
    t.start_date,
    t.version,
    t.space_number,
    t.priority,
    t.completed,
    t.status,
    t.position,
    t.title,
    t.description,
    t.due_tz
from app_data.tasks as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.tasks is
'Something to do, in one project of one person''s space, perhaps below another task.';
grant select, insert, update, delete on app.tasks to todo_user;
