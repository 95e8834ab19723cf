-- A project goes to the trash with its live tasks.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select is(app.delete_project(id('a', 'home')), 4, 'the project and three tasks go');
select is(app.delete_project(id('a', 'home')), 0, 'twice is once');
select is(
    (select count(distinct deletion_id) from app.tasks where project_id = id('a', 'home')), 2::bigint,
    'what was in the trash before keeps its own deletion'
);
select is(
    tests.outcome(format('select app.delete_project(%L)', alice())),
    '23514 projects_inbox_stays', 'the inbox stays'
);
select is(
    (select count(*) from app.tasks where project_id = alice() and deleted_at is not null), 0::bigint,
    'with all its tasks'
);
select throws_ok(
    format('select app.delete_project(%L)', id('b', 'home')), 'P0002', 'there is no such project',
    'Bob''s project does not exist for Alice'
);

select * from finish();
rollback;
