-- A tag is on a task once, and both are of one space.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select col_is_pk('app_data', 'task_tags', array['user_id', 'task_id', 'tag_id'], 'once');
select fk_ok('app_data', 'task_tags', array['user_id', 'task_id'], 'app_data', 'tasks', array['user_id', 'id']);
select fk_ok('app_data', 'task_tags', array['user_id', 'tag_id'], 'app_data', 'tags', array['user_id', 'id']);
select has_index('app_data', 'task_tags', 'task_tags_tag_idx', array['user_id', 'tag_id', 'task_id', 'space_number'], 'the tasks of a tag have an index');
select act_as(alice());
select is(
    tests.outcome(format('insert into app.task_tags (user_id, task_id, tag_id) values (%L, %L, %L)', alice(), id('a', 'parent'), id('a', 'urgent'))),
    '23505 task_tags_pkey', 'not twice'
);

select * from finish();
rollback;
