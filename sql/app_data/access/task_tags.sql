-- Tags are put on and taken off; there is nothing to update.

create policy task_tags_select_user on app_data.task_tags
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy task_tags_insert_user on app_data.task_tags
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy task_tags_delete_user on app_data.task_tags
for delete to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select, delete on app_data.task_tags to todo_user;
grant insert (user_id, task_id, tag_id) on app_data.task_tags to todo_user;
