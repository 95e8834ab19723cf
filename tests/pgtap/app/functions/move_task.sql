-- A subtree moves as a whole, and never into itself. Within a project that is one row.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select is(app.move_task(id('a', 'parent'), id('a', 'old')), 3, 'to another project, with all below');
select is(
    (select count(*) from app.tasks where project_id = id('a', 'old')), 3::bigint, 'there they are'
);
select is(app.move_task(id('a', 'grandchild'), id('a', 'old'), id('a', 'parent')), 1, 'up one step');
select is((select parent_id from app.tasks where id = id('a', 'grandchild')), id('a', 'parent'), 'one less deep');
select is(app.move_task(id('a', 'child'), alice()), 1, 'to the top of the inbox');
select results_eq(
    format('select project_id, parent_id from app.tasks where id = %L', id('a', 'child')),
    format('values (%L::uuid, null::uuid)', alice()), 'with nothing above'
);
select is(app.move_task(id('a', 'parent'), alice(), id('a', 'child')), 2, 'a subtree below another task, of another project');
select results_eq(
    $$
    select t.title, p.title from app.tasks as t
    left join app.tasks as p on t.user_id = p.user_id and t.parent_id = p.id
    where t.project_id = tests.alice() order by t.title
    $$,
    $$ values ('Child', null), ('Grandchild', 'Parent'), ('Parent', 'Child') $$,
    'the tree is the other way round now'
);
select is(
    tests.outcome(format('select app.move_task(%L, %L, %L)', id('a', 'child'), alice(), id('a', 'parent'))),
    '23503 tasks_parent_id_fkey', 'no task moves below its own subtask'
);
select is(
    tests.outcome(format('select app.move_task(%L, %L, %L)', id('a', 'child'), alice(), id('a', 'child'))),
    '23503 tasks_parent_id_fkey', 'nor below itself'
);
-- A chain of three under a task at depth 2 would be five deep: allowed; one more is not.
insert into app.tasks (user_id, id, project_id, title) values (alice(), id('a', 'urgent'), alice(), 'u0');
insert into app.tasks (user_id, id, project_id, parent_id, title) values (alice(), id('a', 'later'), alice(), id('a', 'urgent'), 'u1');
select is(app.move_task(id('a', 'urgent'), alice(), id('a', 'grandchild')), 1, 'down to depth 4');
insert into app.tasks (user_id, id, project_id, title) values (alice(), id('a', 'inbox'), alice(), 'new top');
select is(
    tests.outcome(format('select app.move_task(%L, %L, %L)', id('a', 'child'), alice(), id('a', 'inbox'))),
    '23514 tasks_depth_is_bounded', 'and no deeper'
);
select is(
    tests.outcome(format('select app.move_task(%L, %L)', id('a', 'child'), id('b', 'home'))),
    '23503 tasks_project_id_fkey', 'not to Bob''s project'
);
select throws_ok(
    format('select app.move_task(%L, %L)', id('b', 'parent'), alice()), 'P0002', 'there is no such task',
    'Bob''s task does not exist for Alice'
);
select app.delete_project(id('a', 'old'));
select is(
    tests.outcome(format('select app.move_task(%L, %L)', id('a', 'child'), id('a', 'old'))),
    '23514 tasks_place_is_not_deleted', 'not into the trash'
);

select * from finish();
rollback;
