-- A project comes back with what went with it.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select app.delete_task(id('a', 'grandchild'));
select app.delete_project(id('a', 'home'));
select is(app.restore_project(id('a', 'home')), 3, 'the project and the two tasks that went with it');
select is(app.restore_project(id('a', 'home')), 0, 'twice is once');
select isnt(
    (select deleted_at from app.tasks where id = id('a', 'grandchild')), null,
    'what was deleted before stays deleted'
);
select throws_ok(
    format('select app.restore_project(%L)', id('b', 'old')), 'P0002', 'there is no such project',
    'Bob''s project does not exist for Alice'
);

select * from finish();
rollback;
