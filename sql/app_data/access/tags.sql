-- A person's tags are the person's alone. A tag is removed at once, from its tasks
-- too.

create policy tags_select_user on app_data.tags
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy tags_insert_user on app_data.tags
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy tags_update_user on app_data.tags
for update to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
)
with check (user_id = (select app.current_user_id()));

create policy tags_delete_user on app_data.tags
for delete to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select, delete on app_data.tags to todo_user;
grant insert (user_id, id, name, colour) on app_data.tags to todo_user;
grant update (name, colour) on app_data.tags to todo_user;
