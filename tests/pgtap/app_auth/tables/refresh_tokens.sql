-- Which tokens are possible, and that they go with their log-in.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select fk_ok('app_auth', 'refresh_tokens', array['user_id', 'session_id'], 'app_auth', 'sessions', array['user_id', 'id']);
select has_index('app_auth', 'refresh_tokens', 'refresh_tokens_session_idx', array['user_id', 'session_id', 'expires_at'], 'the tokens of a log-in are found');
select col_is_pk('app_auth', 'refresh_tokens', 'token_hash', 'a token is one');
select is(tests.outcome($$ update app_auth.refresh_tokens set token_hash = 'short' $$), '23514 refresh_tokens_token_hash_is_sha256', 'a hash is a SHA-256');
select is(tests.outcome($$ update app_auth.refresh_tokens set successor_hash = 'short' $$), '23514 refresh_tokens_successor_hash_is_sha256', 'so is the next one');
select is(tests.outcome($$ update app_auth.refresh_tokens set expires_at = created_at $$), '23514 refresh_tokens_expires_later', 'it expires after it was made');
select is(tests.outcome($$ update app_auth.refresh_tokens set session_id = gen_random_uuid() $$), '23503 refresh_tokens_session_id_fkey', 'it continues a log-in');
delete from app_auth.sessions where user_id = alice();
select is_empty(format('select 1 from app_auth.refresh_tokens where user_id = %L', alice()), 'it goes with the log-in');

select * from finish();
rollback;
