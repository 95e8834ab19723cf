-- Only the trigger calls it; see tests/pgtap/app/triggers/tasks.sql for what it does.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select trigger_is('app', 'tasks', 'tasks_300_check_trash', 'app_private', 'check_task_trash');
select is(
    has_function_privilege('todo_user', 'app_private.check_task_trash()', 'execute'), false,
    'todo_user cannot call it'
);
select act_as(alice());
select throws_ok('select app_private.check_task_trash()', '42501', null, 'not by name either');

select * from finish();
rollback;
