-- A task and what is below it go to the trash as one act.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select is(app.delete_task(id('a', 'child')), 2, 'the child and the grandchild go');
select is(app.delete_task(id('a', 'child')), 0, 'twice is once');
select is(app.delete_task(id('a', 'parent')), 1, 'the parent goes alone: the rest was gone');
select is(
    (select count(distinct deletion_id) from app.tasks where project_id = id('a', 'home')),
    3::bigint, 'three deletions, each an act of its own'
);
select is((select max(deleted_at) from app.tasks), now(), 'dated');
select throws_ok(
    format('select app.delete_task(%L)', id('b', 'parent')), 'P0002', 'there is no such task',
    'Bob''s task does not exist for Alice'
);
select throws_ok(
    format('select app.delete_task(%L)', gen_random_uuid()), 'P0002', 'there is no such task',
    'just like one that does not exist at all'
);
select throws_ok('select app.delete_task(null)', 'P0002', null, 'nor does null');
select act_as(bob());
select is((select count(*) from app.tasks where deleted_at is null), 3::bigint, 'Bob''s tasks stand');
select act_as(null);
select throws_ok(format('select app.delete_task(%L)', id('a', 'parent')), 'P0002', null, 'nobody deletes nothing');
select act_for('find_login', 'x');
select throws_ok(format('select app.delete_task(%L)', id('a', 'parent')), '42501', null, 'todo_auth may not ask');

select * from finish();
rollback;
