-- Only the registrar, as the owner; nobody is granted anything.

create policy login_attempts_select_registrar on app_auth.login_attempts
for select to todo_registrar
using (true);

create policy login_attempts_insert_registrar on app_auth.login_attempts
for insert to todo_registrar
with check (true);

create policy login_attempts_update_registrar on app_auth.login_attempts
for update to todo_registrar
using (true)
with check (true);

create policy login_attempts_delete_registrar on app_auth.login_attempts
for delete to todo_registrar
using (true);
