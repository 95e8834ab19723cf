-- Counts are what the rows say, whatever is done to the rows.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select col_is_pk('app_data', 'task_counts', array['user_id', 'project_id'], 'a project has one row');
select fk_ok('app_data', 'task_counts', array['user_id', 'project_id'], 'app_data', 'projects', array['user_id', 'id']);
select is(
    tests.outcome('update app.task_counts set done = -1'),
    '23514 task_counts_are_not_negative', 'less than none is wrong'
);

create function pg_temp.home() returns text language sql as $$
    select concat_ws(' ', todo, in_progress, review, blocked, done, deleted)
    from app.task_counts where user_id = tests.alice() and project_id = tests.id('a', 'home')
$$;
select act_as(alice());
select is(pg_temp.home(), '3 0 0 0 0 1', 'three to do, one in the trash');
insert into app.tasks (user_id, project_id, title, status) values
(alice(), id('a', 'home'), 'x', 'todo'), (alice(), id('a', 'home'), 'y', 'done'),
(alice(), id('a', 'home'), 'z', 'review'), (alice(), alice(), 'inbox', 'blocked');
select is(pg_temp.home(), '4 0 1 0 1 1', 'one statement adds several');
update app.tasks set status = 'in_progress' where project_id = id('a', 'home') and title = 'x';
select is(pg_temp.home(), '3 1 1 0 1 1', 'a step moves one');
update app.tasks set title = 'w' where project_id = id('a', 'home') and title = 'x';
select is(pg_temp.home(), '3 1 1 0 1 1', 'an edit none');
select app.move_task(id('a', 'parent'), alice());
select is(pg_temp.home(), '0 1 1 0 1 1', 'a subtree takes its counts along');
select app.delete_project(id('a', 'home'));
select is(pg_temp.home(), '0 0 0 0 0 4', 'the trash has them all');
delete from app.tasks where project_id = id('a', 'home') and title = 'z';
select is(pg_temp.home(), '0 0 0 0 0 3', 'one is gone for ever');
select app.restore_project(id('a', 'home'));
select is(pg_temp.home(), '0 1 0 0 1 1', 'what went together is back');
select is((select task_count from app.spaces), 7, 'the space knows of all');
select act_as_superuser();
select is_empty('select * from app_private.miscounts', 'no count differs from its rows');
delete from app.projects where id = id('a', 'home');
select is_empty('select * from app_private.miscounts', 'nor when a project goes with all its tasks');
delete from app.users where id = bob();
select is_empty('select * from app_private.miscounts', 'nor when a person goes');

select * from finish();
rollback;
