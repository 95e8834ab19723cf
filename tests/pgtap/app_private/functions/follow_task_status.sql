-- Only the trigger calls it; see tests/pgtap/app/triggers/tasks.sql for what it does.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select trigger_is('app_data', 'tasks', 'tasks_200_follow_status', 'app_private', 'follow_task_status');
select is(
    has_function_privilege('todo_user', 'app_private.follow_task_status()', 'execute'), false,
    'todo_user cannot call it'
);
select act_as(alice());
select throws_ok('select app_private.follow_task_status()', '42501', null, 'not by name either');

select * from finish();
rollback;
