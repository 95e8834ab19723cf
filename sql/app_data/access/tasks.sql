-- A person's tasks are the person's alone.
--
-- DELETE is for ever and only from the trash (app_private.refuse_live_deletion). Not
-- granted, on purpose: UPDATE of user_id, id and created_by (a row cannot change hands
-- or history), INSERT and UPDATE of what the database keeps itself (completed_at,
-- version, created_at, updated_at). deleted_at is granted as a wish: whatever the
-- statement says, the database dates it and sets deletion_id
-- (app_private.date_deletion).

create policy tasks_select_user on app_data.tasks
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy tasks_insert_user on app_data.tasks
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy tasks_update_user on app_data.tasks
for update to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
)
with check (user_id = (select app.current_user_id()));

create policy tasks_delete_user on app_data.tasks
for delete to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select, delete on app_data.tasks to todo_user;
grant insert (
    user_id, id, project_id, parent_id, title, description, status, priority,
    start_date, due_date, due_time, due_tz, position, assignee_id
) on app_data.tasks to todo_user;
grant update (
    project_id, parent_id, title, description, status, priority,
    start_date, due_date, due_time, due_tz, position, assignee_id, deleted_at
) on app_data.tasks to todo_user;

-- app.search_tasks, which compares each row with who asks.
create policy tasks_select_searcher on app_data.tasks
for select to todo_searcher
using (true);

grant select (
    user_id, id, project_id, parent_id, created_at, deleted_at, due_time, due_date,
    start_date, version, space_number, priority, completed, status, title
) on app_data.tasks to todo_searcher;

-- The triggers of todo_integrity look at places and states, never at words.
create policy tasks_select_integrity on app_data.tasks
for select to todo_integrity
using (true);

grant select (user_id, id, project_id, parent_id, status, deleted_at)
on app_data.tasks to todo_integrity;
