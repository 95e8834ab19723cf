-- Which attempts are possible: those that can become an account.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

-- A rule is written twice, because an attempt is refused before anybody looks at accounts.
select results_eq(
    $$
    select replace(conname, 'sign_ups_', '')::text collate "default", pg_get_constraintdef(oid) from pg_constraint
    where conrelid = 'app_auth.sign_ups'::regclass and contype = 'c'
    and conname not in ('sign_ups_token_hash_is_sha256', 'sign_ups_expires_later') order by 1
    $$,
    $$
    select replace(conname, 'users_', '')::text collate "default", pg_get_constraintdef(oid) from pg_constraint
    where conrelid = 'app_data.users'::regclass and contype = 'c' order by 1
    $$,
    'what an account must keep to, an attempt must'
);
select has_index('app_auth', 'sign_ups', 'sign_ups_email_idx', array['lower(email)'], 'the other attempts on an address are found');
select has_index('app_auth', 'sign_ups', 'sign_ups_expires_at_idx', array['expires_at'], 'those that have expired are found');
select col_is_pk('app_auth', 'sign_ups', 'token_hash', 'a link has one attempt');
create function pg_temp.attempt(p_token bytea, p_email text, p_created timestamptz default now()) returns text language sql
return tests.outcome(format(
    'insert into app_auth.sign_ups (token_hash, email, first_name, last_name, password_hash, time_zone, created_at)'
    ' values (%L, %L, '''', '''', %L, ''UTC'', %L)', p_token, p_email, tests.password_hash('x'), p_created
));
select is(pg_temp.attempt('short', 'x@y.z'), '23514 sign_ups_token_hash_is_sha256', 'a hash is a SHA-256');
select is(pg_temp.attempt(sha256('x'), 'nobody'), '23514 sign_ups_email_has_form', 'an address has a form');
select is(pg_temp.attempt(sha256('x'), 'x@y.z', now() + interval '3 days'), '23514 sign_ups_expires_later', 'it expires after it was made');
select is(pg_temp.attempt(sha256('x'), 'x@y.z'), 'ok', 'any other may be');

select * from finish();
rollback;
