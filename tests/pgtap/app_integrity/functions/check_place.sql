-- A part of triggers; see tests/pgtap/app/triggers/tasks.sql for what it refuses.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select is(
    has_function_privilege('todo_user', 'app_integrity.check_place(uuid, uuid, uuid, uuid, boolean)', 'execute'),
    false, 'nobody asks it about places of others'
);
select is(
    (select prosecdef from pg_proc where proname = 'check_place'), false,
    'it has no rights of its own'
);

select * from finish();
rollback;
