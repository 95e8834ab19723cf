-- Only the registrar, as the owner; nobody is granted anything.

create policy refresh_tokens_select_registrar on app_auth.refresh_tokens
for select to todo_registrar
using (true);

create policy refresh_tokens_insert_registrar on app_auth.refresh_tokens
for insert to todo_registrar
with check (true);

create policy refresh_tokens_update_registrar on app_auth.refresh_tokens
for update to todo_registrar
using (true)
with check (true);

create policy refresh_tokens_delete_registrar on app_auth.refresh_tokens
for delete to todo_registrar
using (true);
