-- Only the trigger calls it; see tests/pgtap/app/triggers/tasks.sql for what it does.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select trigger_is('app_data', 'tasks', 'tasks_520_check_moved', 'app_integrity', 'check_moved_task');
select is(
    has_function_privilege('todo_user', 'app_integrity.check_moved_task()', 'execute'), false,
    'todo_user cannot call it'
);
select act_as(alice());
select throws_ok('select app_integrity.check_moved_task()', '42501', null, 'not by name either');

select * from finish();
rollback;
