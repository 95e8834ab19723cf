-- Only the registrar, as the owner: no role that the backend can become is granted
-- anything here. An attempt is never changed.

create policy sign_ups_select_registrar on app_auth.sign_ups
for select to todo_registrar
using (true);

create policy sign_ups_insert_registrar on app_auth.sign_ups
for insert to todo_registrar
with check (true);

create policy sign_ups_update_registrar on app_auth.sign_ups
for update to todo_registrar
using (true)
with check (true);

create policy sign_ups_delete_registrar on app_auth.sign_ups
for delete to todo_registrar
using (true);
