-- Only the registrar, as the owner; nobody is granted anything.

create policy sessions_select_registrar on app_auth.sessions
for select to todo_registrar
using (true);

create policy sessions_insert_registrar on app_auth.sessions
for insert to todo_registrar
with check (true);

create policy sessions_update_registrar on app_auth.sessions
for update to todo_registrar
using (true)
with check (true);

create policy sessions_delete_registrar on app_auth.sessions
for delete to todo_registrar
using (true);
