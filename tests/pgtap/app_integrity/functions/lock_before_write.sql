-- Only the trigger calls it; see tests/python/security/test_concurrency.py for what it does.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select trigger_is('app_data', 'tasks', 'tasks_000_lock_space', 'app_integrity', 'lock_before_write');
select is(
    has_function_privilege('todo_user', 'app_integrity.lock_before_write()', 'execute'), false,
    'todo_user cannot call it'
);
select act_as(alice());
select throws_ok('select app_integrity.lock_before_write()', '42501', null, 'not by name either');

select * from finish();
rollback;
