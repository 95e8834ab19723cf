-- A person sees the counts of the own projects. Only triggers write them.

create policy task_counts_select_user on app_data.task_counts
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select on app_data.task_counts to todo_user;

-- Reached by the triggers of todo_integrity only, for rows that a policy let pass.
create policy task_counts_select_integrity on app_data.task_counts
for select to todo_integrity
using (true);

create policy task_counts_insert_integrity on app_data.task_counts
for insert to todo_integrity
with check (true);

create policy task_counts_update_integrity on app_data.task_counts
for update to todo_integrity
using (true)
with check (true);

grant select on app_data.task_counts to todo_integrity;
grant insert (user_id, project_id) on app_data.task_counts to todo_integrity;
grant update (todo, in_progress, review, blocked, done, deleted)
on app_data.task_counts to todo_integrity;
