-- A deletion is taken back as it was made, and nothing else with it.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select is(app.restore_task(id('a', 'parent')), 0, 'what is not in the trash stays as it is');
select app.delete_task(id('a', 'grandchild'));
select app.delete_task(id('a', 'parent'));
select is(
    tests.outcome(format('select app.restore_task(%L)', id('a', 'child'))),
    '23514 tasks_place_is_not_deleted', 'not below a parent in the trash'
);
select is(app.restore_task(id('a', 'parent')), 2, 'the parent comes back with the child');
select isnt(
    (select deleted_at from app.tasks where id = id('a', 'grandchild')), null,
    'the grandchild, deleted before, stays in the trash'
);
select is(app.restore_task(id('a', 'grandchild')), 1, 'until it is wanted itself');
select is(
    (select count(*) from app.tasks where deleted_at is null), 3::bigint, 'all three are back'
);
select is_empty('select 1 from app.tasks where deleted_at is null and deletion_id is not null');
select app.delete_project(id('a', 'home'));
select is(
    tests.outcome(format('select app.restore_task(%L)', id('a', 'parent'))),
    '23514 tasks_place_is_not_deleted', 'not into a project in the trash'
);
select throws_ok(
    format('select app.restore_task(%L)', id('b', 'trashed')), 'P0002', 'there is no such task',
    'Bob''s trash does not exist for Alice'
);

select * from finish();
rollback;
