-- What a task does when it is written: place, status, trash, count.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select triggers_are('app_data', 'tasks', array[
    'tasks_000_lock_space', 'tasks_050_refuse_live_deletion', 'tasks_150_date_deletion',
    'tasks_200_follow_status', 'tasks_200_follow_status_on_insert',
    'tasks_500_count_deleted', 'tasks_500_count_inserted', 'tasks_510_recount',
    'tasks_520_check_moved', 'tasks_900_bump_version'
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
-- A tree is at most five tasks deep.
insert into app.tasks (user_id, id, project_id, parent_id, title)
values (alice(), id('a', 'urgent'), id('a', 'home'), id('a', 'grandchild'), 'Fourth');
insert into app.tasks (user_id, id, project_id, parent_id, title)
values (alice(), id('a', 'later'), id('a', 'home'), id('a', 'urgent'), 'Fifth');
select is(
    tests.outcome(format($$ insert into app.tasks (user_id, project_id, parent_id, title) values (%L, %L, %L, 'x') $$, alice(), id('a', 'home'), id('a', 'later'))),
    '23514 tasks_depth_is_bounded', 'a sixth is refused'
);
select is(
    tests.outcome(format($$
        insert into app.tasks (user_id, id, project_id, parent_id, title) values
        (%1$L, %2$L, %1$L, null, 'x'), (%1$L, %3$L, %1$L, %2$L, 'y')
    $$, alice(), id('b', 'urgent'), id('b', 'inbox'))),
    'ok', 'a parent and its subtask come in one statement'
);
select act_as_superuser();
delete from app.tasks where id in (id('a', 'later'), id('a', 'urgent'), id('b', 'urgent'), id('b', 'inbox'));
select act_as(alice());
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
