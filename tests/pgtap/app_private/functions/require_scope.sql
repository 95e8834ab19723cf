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

-- Every function that a log-in may call asks for its own scope, whatever comes later.
create temporary table calls as
select
    p.proname,
    format('select app_auth.%I(%s)', p.proname, string_agg(format('null::%s', t.type), ', ' order by t.i)) as call
from pg_proc as p
cross join lateral unnest(p.proargtypes::regtype[]) with ordinality as t (type, i)
where p.pronamespace = 'app_auth'::regnamespace
and has_function_privilege('todo_auth', p.oid, 'execute')
group by p.oid, p.proname;
grant select on calls to public;
select cmp_ok((select count(*) from calls), '>=', 8::bigint, 'there are functions to ask');
select act_for('something else', 'x');
select is(tests.outcome(call), '28000', proname || ' asks for its scope') from calls;

select * from finish();
rollback;
