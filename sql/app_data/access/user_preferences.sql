-- A person reads and changes the own preferences. The row is made at sign-up and goes
-- with the person: no INSERT, no DELETE.

create policy user_preferences_select_user on app_data.user_preferences
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy user_preferences_update_user on app_data.user_preferences
for update to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
)
with check (user_id = (select app.current_user_id()));

grant select on app_data.user_preferences to todo_user;
grant update (
    theme, language, week_starts_on, notifies_by_email, notifies_by_push,
    profile_visibility
) on app_data.user_preferences to todo_user;

create policy user_preferences_select_registrar on app_data.user_preferences
for select to todo_registrar
using (true);

create policy user_preferences_insert_registrar on app_data.user_preferences
for insert to todo_registrar
with check (true);

grant select (user_id) on app_data.user_preferences to todo_registrar;
grant insert (user_id) on app_data.user_preferences to todo_registrar;
