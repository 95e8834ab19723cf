-- No role that the backend can become reaches a row; the registrar's functions do, and none of it is granted.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select policies_are('app_auth', 'sign_ups', array[
    'sign_ups_select_registrar', 'sign_ups_insert_registrar', 'sign_ups_update_registrar', 'sign_ups_delete_registrar'
]);
select act_as(alice());
select throws_ok('select 1 from app_auth.sign_ups', '42501', null, 'not a person');
select throws_ok('delete from app_auth.sign_ups', '42501', null, 'not to remove one');
select act_for('find_login', 'x');
select throws_ok('select 1 from app_auth.sign_ups', '42501', null, 'not todo_auth');
select set_config('role', 'none', true);
select throws_ok('select 1 from app_auth.sign_ups', '42501', null, 'not todo_app');
select act_as_superuser();
select is_empty(
    $$
    select grantee, privilege_type from information_schema.column_privileges
    where table_schema = 'app_auth' and table_name = 'sign_ups' and grantee <> 'todo_registrar'
    $$,
    'nobody else is granted a column'
);

select * from finish();
rollback;
