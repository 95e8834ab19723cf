-- A changed project counts; a deleted one holds no live task.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select triggers_are('app_data', 'projects', array['projects_050_refuse_live_deletion', 'projects_150_date_deletion', 'projects_500_begin_counts', 'projects_520_check_emptied', 'projects_900_bump_version']);
select act_as(alice());
update app.projects set name = 'Cellar' where id = id('a', 'old');
select results_eq(
    format('select version, updated_at = now() from app.projects where id = %L', id('a', 'old')),
    'values (2, true)'
);
select is(
    tests.outcome(format('update app.projects set deleted_at = now() where id = %L', id('a', 'home'))),
    '23514 tasks_place_is_not_deleted',
    'a project with live tasks is not put in the trash without them'
);
select is(
    tests.outcome(format('update app.projects set deleted_at = now() where id = %L', id('a', 'old'))),
    'ok', 'an empty one is'
);
select is(
    tests.outcome(format($$ insert into app.tasks (user_id, project_id, title) values (%L, %L, 'x') $$, alice(), id('a', 'old'))),
    '23514 tasks_place_is_not_deleted', 'and takes no new task'
);

select * from finish();
rollback;
