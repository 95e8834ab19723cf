-- Only the registrar, as the owner; nobody is granted anything. A link is never
-- changed.

create policy password_resets_select_registrar on app_auth.password_resets
for select to todo_registrar
using (true);

create policy password_resets_insert_registrar on app_auth.password_resets
for insert to todo_registrar
with check (true);

create policy password_resets_update_registrar on app_auth.password_resets
for update to todo_registrar
using (true)
with check (true);

create policy password_resets_delete_registrar on app_auth.password_resets
for delete to todo_registrar
using (true);
