-- Only the trigger calls it; see tests/pgtap/app/tables/task_counts.sql for what it does.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select trigger_is('app_data', 'projects', 'projects_500_begin_counts', 'app_integrity', 'begin_counts');
select is(
    has_function_privilege('todo_user', 'app_integrity.begin_counts()', 'execute'), false,
    'todo_user cannot call it'
);
select act_as(alice());
select throws_ok('select app_integrity.begin_counts()', '42501', null, 'not by name either');

select * from finish();
rollback;
