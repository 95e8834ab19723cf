-- What a task does when it is written: place, status, trash, count.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select triggers_are('app', 'tasks', array[
    'tasks_100_place', 'tasks_150_date_deletion', 'tasks_200_follow_status',
    'tasks_300_check_trash', 'tasks_900_bump_version'
]);
create function pg_temp.step(p_to text) returns text language sql as
$$ update app.tasks set status = p_to where id = tests.id('a', 'grandchild')
returning status || ' ' || completed || ' ' || (completed_at is not null) $$;
select act_as(alice());
select is(pg_temp.step('in_progress'), 'in_progress false false', 'work begins');
select is(pg_temp.step('done'), 'done true true', 'it is done, and dated');
select is(
    tests.outcome($$ update app.tasks set status = 'blocked' where title = 'Grandchild' $$),
    '23514 tasks_status_transition_is_allowed', 'what is done cannot be blocked'
);
select is(pg_temp.step('todo'), 'todo false false', 'it is taken back, and undated');
select is(pg_temp.step('todo'), 'todo false false', 'the same status is no step');
select is(
    tests.outcome($$ update app.tasks set status = 'nonsense' where title = 'Grandchild' $$),
    '23514 tasks_status_transition_is_allowed', 'an unknown one is refused'
);
insert into app.tasks (user_id, id, project_id, title, status)
values (alice(), id('a', 'user'), alice(), 'done at once', 'done');
select is(
    (select completed_at from app.tasks where id = id('a', 'user')), now(), 'a task may be born done'
);
update app.tasks set description = 'Notes' where id = id('a', 'child');
select results_eq(
    format('select version, updated_at = now() from app.tasks where id = %L', id('a', 'child')),
    'values (2, true)', 'a change counts and is dated'
);
-- Depth is kept, whatever is given.
select results_eq(
    $$ select title, depth from app.tasks where project_id = tests.id('a', 'home') and deleted_at is null order by depth $$,
    $$ values ('Parent', 0::smallint), ('Child', 1::smallint), ('Grandchild', 2::smallint) $$,
    'a subtask is one deeper than its parent'
);
select throws_ok(
    $$ insert into app.tasks (user_id, project_id, title, depth) values (tests.alice(), tests.alice(), 'x', 3) $$,
    '42501', null, 'nobody writes it on insert'
);
select is(
    tests.outcome($$ update app.tasks set depth = 1 where title = 'Parent' $$),
    'ok', 'at the top it is 0'
);
select is((select depth from app.tasks where title = 'Parent'), 0::smallint, 'whatever was written');
select is(
    tests.outcome($$ update app.tasks set depth = 3 where title = 'Grandchild' $$),
    '23503 tasks_parent_id_fkey', 'below, a wrong one is refused'
);
-- Live tasks stand in live places.
select is(
    tests.outcome(format($$ insert into app.tasks (user_id, project_id, parent_id, title) values (%L, %L, %L, 'x') $$, alice(), id('a', 'home'), id('a', 'trashed'))),
    '23514 tasks_place_is_not_deleted', 'a task in the trash takes no subtask'
);
select is(
    tests.outcome(format('update app.tasks set deleted_at = now() where id = %L', id('a', 'parent'))),
    '23514 tasks_place_is_not_deleted', 'a parent is not put in the trash without its subtasks'
);
select is(
    tests.outcome(format('update app.tasks set deleted_at = now() where id = %L returning *', id('a', 'grandchild'))),
    'ok', 'a task without subtasks is, RETURNING included'
);
select is(
    tests.outcome(format('update app.tasks set deleted_at = null where id = %L returning *', id('a', 'grandchild'))),
    'ok', 'and comes back'
);
select app.delete_task(id('a', 'parent'));
select is(
    tests.outcome(format('update app.tasks set deleted_at = null where id = %L', id('a', 'child'))),
    '23514 tasks_place_is_not_deleted', 'a subtask does not come back without its parent'
);

select * from finish();
rollback;
