-- It refuses a person and lets foreign keys pass.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select is(
    tests.outcome(format('delete from app.tasks where id = %L', id('a', 'grandchild'))),
    '23514 tasks_deleted_is_in_trash', 'a person is told'
);
select is(
    tests.outcome(format('delete from app.tasks where id = %L', id('b', 'grandchild'))),
    'ok', 'of Bob''s rows nothing is told'
);
select act_as_superuser();
select is(
    tests.outcome(format('delete from app.users where id = %L', alice())), 'ok',
    'a person goes with everything'
);
select is_empty(format('select * from app.tasks where user_id = %L', alice()));
select act_as(bob());
select throws_ok('select app_private.refuse_live_deletion()', '42501', null, 'not by name');

select * from finish();
rollback;
