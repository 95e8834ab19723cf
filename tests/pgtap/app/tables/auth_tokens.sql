-- Which tokens are possible.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select fk_ok('app', 'auth_tokens', 'user_id', 'app', 'users', 'id');
select has_index('app', 'auth_tokens', 'auth_tokens_token_hash_idx', array['token_hash'], 'a token that is shown is found');
select is(tests.outcome($$ update app.auth_tokens set purpose = 'fun' $$), '23514 auth_tokens_purpose_is_known', 'a purpose is a known one');
select is(tests.outcome($$ update app.auth_tokens set token_hash = 'short' $$), '23514 auth_tokens_token_hash_is_sha256', 'a hash is a SHA-256');
select is(tests.outcome($$ update app.auth_tokens set expires_at = created_at $$), '23514 auth_tokens_expires_later', 'it expires after it was made');

select * from finish();
rollback;
