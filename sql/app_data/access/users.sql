-- A person sees and renames the own row and no other. There is no INSERT and no
-- DELETE: people come by app_auth.verify_email.
--
-- Not granted, on purpose: password_hash (to nobody but the registrar); UPDATE of
-- email, is_active and email_verified_at, which need a proof that only a mailed token
-- gives.

create policy users_select_user on app_data.users
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and id = app.current_user_id()
    and id = (select app.current_user_id())
);

create policy users_update_user on app_data.users
for update to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and id = app.current_user_id()
    and id = (select app.current_user_id())
)
with check (id = (select app.current_user_id()));

grant select (
    id, email, first_name, last_name, is_active, time_zone, email_verified_at,
    last_login_at, version, created_at, updated_at
) on app_data.users to todo_user;
grant update (first_name, last_name, time_zone) on app_data.users to todo_user;

-- The registrar looks people up by address, before anybody is known, and its log-ins
-- refer to them.
create policy users_select_registrar on app_data.users
for select to todo_registrar
using (true);

create policy users_insert_registrar on app_data.users
for insert to todo_registrar
with check (true);

create policy users_update_registrar on app_data.users
for update to todo_registrar
using (true)
with check (true);

grant select (
    id, email, first_name, last_name, password_hash, is_active, time_zone,
    email_verified_at, tokens_valid_since
) on app_data.users to todo_registrar;
grant insert (
    email, first_name, last_name, password_hash, time_zone, email_verified_at
) on app_data.users to todo_registrar;
grant update (
    first_name, last_name, password_hash, time_zone, email_verified_at, last_login_at,
    tokens_valid_since
) on app_data.users to todo_registrar;
grant references (id) on app_data.users to todo_registrar;
