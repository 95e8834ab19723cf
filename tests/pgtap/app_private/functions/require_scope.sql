-- A sign-up or log-in token is good for one function and one argument.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select set_config('app.token', token('auth', alice(),
    encode(sha256('find_login:alice@example.org'), 'hex')), true);
select lives_ok(
    $$ select app_private.require_scope('find_login', 'alice@example.org') $$,
    'what was signed is allowed'
);
select throws_ok(
    $$ select app_private.require_scope('find_login', 'bob@example.org') $$, '28000', null,
    'another argument is not'
);
select throws_ok(
    $$ select app_private.require_scope('log_in', 'alice@example.org') $$, '28000', null,
    'another function is not'
);
select throws_ok(
    $$ select app_private.require_scope('find_login', null) $$, '28000', null,
    'nor is no argument'
);
select set_config('app.token', '', true);
select throws_ok(
    $$ select app_private.require_scope('find_login', 'alice@example.org') $$, '28000', null,
    'nor is no token'
);
select set_config('app.token', token('user', alice()), true);
select throws_ok(
    $$ select app_private.require_scope('find_login', 'alice@example.org') $$, '28000', null,
    'nor is a person''s token'
);

select * from finish();
rollback;
