-- A person's projects are the person's alone.
--
-- DELETE is for ever and only from the trash (app_private.refuse_live_deletion); the
-- inbox never gets there. Not granted, on purpose: UPDATE of user_id and id (a row
-- cannot change hands), INSERT and UPDATE of what the database keeps itself (version,
-- created_at, updated_at, deletion_id). deleted_at is granted as a wish: the database
-- dates it.

create policy projects_select_user on app_data.projects
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy projects_insert_user on app_data.projects
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy projects_update_user on app_data.projects
for update to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
)
with check (user_id = (select app.current_user_id()));

create policy projects_delete_user on app_data.projects
for delete to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select, delete on app_data.projects to todo_user;
grant insert (user_id, id, name, colour, position, is_favourite)
on app_data.projects to todo_user;
grant update (
    name, colour, position, is_favourite, archived_at, deleted_at
) on app_data.projects to todo_user;

-- An account is born with its inbox.
create policy projects_select_registrar on app_data.projects
for select to todo_registrar
using (id = user_id);

create policy projects_insert_registrar on app_data.projects
for insert to todo_registrar
with check (id = user_id);

grant select (user_id, id) on app_data.projects to todo_registrar;
grant insert (user_id, id, name) on app_data.projects to todo_registrar;

-- The triggers of todo_integrity look whether a project is in the trash.
create policy projects_select_integrity on app_data.projects
for select to todo_integrity
using (true);

grant select (user_id, id, deleted_at) on app_data.projects to todo_integrity;
