-- A person notes and sees the own commands; what was noted stays as it is.

create policy commands_select_user on app_data.commands
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy commands_insert_user on app_data.commands
for insert to todo_user
with check (user_id = (select app.current_user_id()));

grant select on app_data.commands to todo_user;
grant insert (user_id, id) on app_data.commands to todo_user;
