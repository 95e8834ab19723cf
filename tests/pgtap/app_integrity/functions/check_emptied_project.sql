-- Only the trigger calls it; see tests/pgtap/app/triggers/projects.sql for what it does.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select trigger_is('app_data', 'projects', 'projects_520_check_emptied', 'app_integrity', 'check_emptied_project');
select is(
    has_function_privilege('todo_user', 'app_integrity.check_emptied_project()', 'execute'), false,
    'todo_user cannot call it'
);
select act_as(alice());
select throws_ok('select app_integrity.check_emptied_project()', '42501', null, 'not by name either');

select * from finish();
rollback;
