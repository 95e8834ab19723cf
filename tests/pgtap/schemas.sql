-- Our schemas, closed to PUBLIC; whatever is made later is closed, too.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select set_eq(
    $$
    select nspname::text from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema'
    -- the books of the migrations, and what the tests bring along
    and nspname not in ('todo_migrations', 'tap', 'tests')
    $$,
    array['app', 'app_auth', 'app_data', 'app_integrity', 'app_private', 'public'],
    'these schemas are ours'
);
select schema_owner_is('app', 'todo_owner');
select schema_owner_is('app_private', 'todo_owner');
select schema_owner_is('app_auth', 'todo_registrar');
select schema_owner_is('app_integrity', 'todo_integrity');

select is_empty(
    $$
    select n.nspname, a.grantee::regrole, a.privilege_type
    from pg_namespace as n
    cross join lateral aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as a
    where n.nspname in ('app', 'app_auth', 'app_data', 'app_integrity', 'app_private', 'public', 'todo_migrations')
    and a.grantee = 0
    $$,
    'PUBLIC has nothing on a schema'
);
select is_empty(
    $$
    select r.rolname, n.nspname
    from pg_roles as r cross join pg_namespace as n
    where r.rolname in ('todo_app', 'todo_user', 'todo_auth', 'todo_registrar')
    and n.nspname in ('app', 'app_private', 'public')
    and has_schema_privilege(r.oid, n.oid, 'create')
    $$,
    'no role of the backend can create anything in a schema'
);
select is_empty(
    $$
    select r.rolname from pg_roles as r
    where r.rolname in ('todo_app', 'todo_user', 'todo_auth')
    and exists (
        select from pg_namespace as n
        where n.nspname in ('app_private', 'todo_migrations')
        and has_schema_privilege(r.oid, n.oid, 'usage')
    )
    $$,
    'no role of the backend can look into app_private or the books of the migrations'
);
select is_empty(
    $$
    select a.grantee::regrole, a.privilege_type
    from pg_database as d cross join lateral aclexplode(d.datacl) as a
    where d.datname = current_database()
    and (a.grantee = 0 or (a.grantee::regrole::text ~ '^todo_' and a.privilege_type <> 'CONNECT'))
    $$,
    'on the database todo_app may connect, and that is all: no temporary tables'
);
-- What is made from now on.
set local role todo_owner;
create function app.later() returns integer language sql return 1;
create type app.later_type as (a integer);
reset role;
select is(
    has_function_privilege('todo_user', 'app.later()', 'execute'), false,
    'a new function is closed to everybody'
);
select is(
    has_type_privilege('todo_user', 'app.later_type', 'usage'), false,
    'a new type is closed to everybody'
);

select * from finish();
rollback;
