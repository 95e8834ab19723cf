-- Only the registrar: no role that the backend can become is granted anything here.

create policy auth_tokens_select_registrar on app.auth_tokens
for select to todo_registrar
using (true);

create policy auth_tokens_insert_registrar on app.auth_tokens
for insert to todo_registrar
with check (true);

create policy auth_tokens_update_registrar on app.auth_tokens
for update to todo_registrar
using (true)
with check (true);

grant select on app.auth_tokens to todo_registrar;
grant insert (user_id, purpose, token_hash, family_id, expires_at)
on app.auth_tokens to todo_registrar;
grant update (used_at) on app.auth_tokens to todo_registrar;
