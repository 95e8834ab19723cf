-- Takes back 0010_create_auth.

set local lock_timeout = '2s';
set local role todo_registrar;

drop function app.reset_password(bytea, text);
drop function app.request_reset(text, bytea);
drop function app.log_out(bytea);
drop function app.refresh(bytea, bytea);
drop function app.log_in(text, text, bytea);
drop function app.find_login(text);
drop function app.verify_email(bytea);
drop function app.sign_up(text, text, text, text, bytea, text);

set local role todo_owner;

drop table app.auth_tokens;

reset role;
