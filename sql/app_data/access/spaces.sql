-- A person sees how much is in the own space. Only triggers write it.

create policy spaces_select_user on app_data.spaces
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select on app_data.spaces to todo_user;

-- app.search_tasks asks how large the caller's space is.
create policy spaces_select_searcher on app_data.spaces
for select to todo_searcher
using (true);

grant select (user_id, task_count) on app_data.spaces to todo_searcher;

-- Reached by the triggers of todo_integrity only, for rows that a policy let pass.
create policy spaces_select_integrity on app_data.spaces
for select to todo_integrity
using (true);

create policy spaces_insert_integrity on app_data.spaces
for insert to todo_integrity
with check (true);

create policy spaces_update_integrity on app_data.spaces
for update to todo_integrity
using (true)
with check (true);

grant select on app_data.spaces to todo_integrity;
grant insert (user_id) on app_data.spaces to todo_integrity;
grant update (task_count) on app_data.spaces to todo_integrity;
