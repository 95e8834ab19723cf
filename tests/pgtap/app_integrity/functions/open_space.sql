-- Only the trigger calls it; see tests/pgtap/app/tables/spaces.sql for what it does.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select trigger_is('app_data', 'users', 'users_500_open_space', 'app_integrity', 'open_space');
select is(
    has_function_privilege('todo_user', 'app_integrity.open_space()', 'execute'), false,
    'todo_user cannot call it'
);
select act_as(alice());
select throws_ok('select app_integrity.open_space()', '42501', null, 'not by name either');

select * from finish();
rollback;
