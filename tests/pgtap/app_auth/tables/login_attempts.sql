-- Which counts are possible.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select has_index('app_auth', 'login_attempts', 'login_attempts_free_at_idx', array['free_at'], 'what means nothing any more is found');
select col_is_pk('app_auth', 'login_attempts', 'email_hash', 'an address is counted once');
select is(
    tests.outcome($$ insert into app_auth.login_attempts (email_hash, free_at) values ('short', now()) $$),
    '23514 login_attempts_email_hash_is_sha256', 'a hash is a SHA-256'
);

select * from finish();
rollback;
