-- The view gives what the table has, to whom the policies let it be; the table has no name
-- for the backend. What may be written through it is in tests/pgtap/app_data/access/users.sql.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select isnt_empty('select * from app.users', 'Alice reads through the view');
select throws_ok(
    'select 1 from app_data.users', '42501', 'permission denied for schema app_data',
    'and cannot name the table'
);
select act_as_superuser();
select matches(
    pg_get_viewdef('app.users'::regclass), '(?i)where true', 'no UNION ALL merges it'
);
select is(
    (select reloptions from pg_class where oid = 'app.users'::regclass),
    array['security_invoker=true'], 'it reads with the rights of who asks'
);

select * from finish();
rollback;
