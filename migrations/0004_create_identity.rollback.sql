-- Takes back 0004_create_identity.

set local lock_timeout = '2s';
set local role todo_owner;

drop function app_private.touch();
drop function app.current_user_id();
drop function app_private.decoy_hash(text);
drop function app_private.require_scope(text, text);
drop function app_private.read_claims();
drop function app_private.read_token(text);
drop table app_private.claim_logins;
drop table app_private.signing_keys;

reset role;
