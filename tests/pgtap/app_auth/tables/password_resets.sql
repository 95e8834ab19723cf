-- Which links are possible.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select has_index('app_auth', 'password_resets', 'password_resets_email_idx', array['lower(email)'], 'the other links of an address are found');
select has_index('app_auth', 'password_resets', 'password_resets_expires_at_idx', array['expires_at'], 'those that have expired are found');
select col_is_pk('app_auth', 'password_resets', 'token_hash', 'a link is one');
create function pg_temp.link(p_token bytea, p_email text, p_created timestamptz default now()) returns text language sql
return tests.outcome(format(
    'insert into app_auth.password_resets (token_hash, email, created_at) values (%L, %L, %L)', p_token, p_email, p_created
));
select is(pg_temp.link('short', 'x@y.z'), '23514 password_resets_token_hash_is_sha256', 'a hash is a SHA-256');
select is(pg_temp.link(sha256('x'), repeat('x', 255)), '23514 password_resets_email_is_short', 'no address is longer');
select is(pg_temp.link(sha256('x'), 'x@y.z', now() + interval '1 day'), '23514 password_resets_expires_later', 'it expires after it was made');
select is(pg_temp.link(sha256('x'), repeat('x', 254)), 'ok', 'whatever the address looks like');

select * from finish();
rollback;
