-- Who exists, and that nobody can become more than is written in sql/roles.sql.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select results_eq(
    $$
    select rolname::text collate "default", rolcanlogin, rolinherit
    from pg_roles where rolname ~ '^todo_' order by 1
    $$,
    $$ values
    ('todo_app', true, false), ('todo_auth', false, false), ('todo_integrity', false, false),
    ('todo_monitor', true, true), ('todo_owner', false, false), ('todo_registrar', false, false),
    ('todo_searcher', false, false), ('todo_user', false, false)
    $$,
    'there are these roles; todo_app logs in, and todo_monitor, which alone inherits'
);
select is_empty(
    $$
    select rolname from pg_roles
    where rolname ~ '^todo_'
    and (rolsuper or rolbypassrls or rolreplication or rolcreaterole or rolcreatedb)
    $$,
    'no role has an attribute that gets around a policy'
);
-- Transitively: what todo_app may become, and what that may become in turn.
select results_eq(
    $$
    with recursive reach as (
        select oid from pg_roles where rolname = 'todo_app'
        union
        select m.roleid from pg_auth_members as m inner join reach on m.member = reach.oid
    )
    select r.rolname::text collate "default" from reach inner join pg_roles as r using (oid) order by 1
    $$,
    $$ values ('todo_app'), ('todo_auth'), ('todo_user') $$,
    'todo_app becomes todo_user and todo_auth and nobody else'
);
select is_empty(
    $$
    select m.member::regrole from pg_auth_members as m
    where m.roleid in ('todo_app'::regrole, 'todo_user'::regrole, 'todo_auth'::regrole)
    and m.admin_option
    and m.member::regrole::text ~ '^todo_'
    $$,
    'none of them may give a membership away'
);
select is_empty(
    $$
    select 1 from pg_class where relowner::regrole::text in
    ('todo_app', 'todo_user', 'todo_auth')
    union all
    select 1 from pg_proc where proowner::regrole::text in
    ('todo_app', 'todo_user', 'todo_auth')
    $$,
    'the roles of the backend own nothing'
);
-- Who watches the server reads its statistics and not one of our tables.
select is_empty(
    $$
    select c.oid::regclass from pg_class as c
    where c.relnamespace in (
        select oid from pg_namespace where nspname ~ '^app'
    ) and has_any_column_privilege('todo_monitor', c.oid, 'select, insert, update')
    $$,
    'todo_monitor reads and writes no column of ours'
);
select is_empty(
    $$
    select p.oid::regprocedure from pg_proc as p
    where p.pronamespace in (
        select oid from pg_namespace where nspname ~ '^app'
    ) and has_schema_privilege('todo_monitor', p.pronamespace, 'usage')
    $$,
    'todo_monitor calls no function of ours'
);
set local session authorization todo_app;
select throws_ok('set role todo_owner', '42501', null, 'todo_app is not todo_owner');
select throws_ok(
    'set role todo_registrar', '42501', null, 'todo_app is not todo_registrar'
);
select throws_ok(
    'alter role todo_app bypassrls', '42501', null, 'todo_app cannot raise itself'
);
set local session authorization default;
select set_eq(
    $$ select unnest(setconfig) from pg_db_role_setting where setrole = 'todo_app'::regrole $$,
    array[
        'statement_timeout=15s', 'lock_timeout=5s',
        'idle_in_transaction_session_timeout=30s'
    ],
    'the backend''s sessions are bounded'
);
select set_eq(
    $$ select unnest(setconfig) from pg_db_role_setting where setrole = 'todo_monitor'::regrole $$,
    array['default_transaction_read_only=on', 'statement_timeout=10s', 'lock_timeout=1s'],
    'so are the exporter''s, which only read'
);
select is(
    (select rolconnlimit from pg_roles where rolname = 'todo_monitor'), 5,
    'and are few'
);

select * from finish();
rollback;
