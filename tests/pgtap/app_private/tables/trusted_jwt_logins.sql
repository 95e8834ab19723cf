-- The list of logins whose claims count: empty, and closed.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select col_is_pk('app_private', 'trusted_jwt_logins', 'login', 'a login is listed once');
select is_empty('select * from app_private.trusted_jwt_logins', 'it starts empty');
select is_empty(
    $$
    select r.rolname from pg_roles as r
    where not r.rolsuper and r.rolname ~ '^todo_' and r.rolname <> 'todo_owner'
    and has_any_column_privilege(r.oid, 'app_private.trusted_jwt_logins', 'select, insert, update')
    $$,
    'no role but the owner can read or write it'
);

select * from finish();
rollback;
