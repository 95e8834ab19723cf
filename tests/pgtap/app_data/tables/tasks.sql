-- Which tasks are possible: the tree, the dates, the states.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select col_is_pk('app_data', 'tasks', array['user_id', 'id'], 'a task is known within its space');
select fk_ok('app_data', 'tasks', array['user_id', 'project_id'], 'app_data', 'projects', array['user_id', 'id']);
select fk_ok(
    'app_data', 'tasks', array['user_id', 'parent_id'], 'app_data', 'tasks', array['user_id', 'id']
);
select has_index('app_data', 'tasks', 'tasks_project_idx', array['user_id', 'project_id', '"position"', 'id'], 'a project in its order');
select has_index('app_data', 'tasks', 'tasks_search_idx', 'the words of titles');
select has_index('app_data', 'tasks', 'tasks_subtasks_idx', array['user_id', 'parent_id'], 'the subtasks');
select has_index('app_data', 'tasks', 'tasks_status_idx', array['user_id', 'status', 'id'], 'open work of a status');
select has_index('app_data', 'tasks', 'tasks_priority_idx', array['user_id', 'priority', 'id'], 'open work of a priority');
select has_index('app_data', 'tasks', 'tasks_agenda_idx', array['user_id', 'due_date', 'due_time', 'id'], 'the agenda');
select has_index('app_data', 'tasks', 'tasks_completed_idx', array['user_id', 'completed_at', 'id'], 'what was done');
select has_index('app_data', 'tasks', 'tasks_trash_idx', array['user_id', 'deleted_at', 'id'], 'the trash');
-- The checks hold without the triggers that see to them.
alter table app_data.tasks disable trigger user;
select is(
    tests.outcome($$ update app.tasks set completed_at = now() where title = 'Child' $$),
    '23514 tasks_done_is_dated', 'only what is done has a date of completion'
);
alter table app_data.tasks enable trigger user;
select act_as(alice());
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title) values (tests.alice(), tests.id('a', 'home'), E' \t ') $$), '23514 tasks_title_is_not_blank', 'a title is not blank');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title) values (tests.alice(), tests.id('a', 'home'), repeat('x', 501)) $$), '23514 tasks_title_is_short', 'a title is one to 500 characters');
select lives_ok($$ insert into app.tasks (user_id, project_id, title) values (tests.alice(), tests.id('a', 'home'), repeat('写', 500)) $$, '500 of any script');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, description) values (tests.alice(), tests.id('a', 'home'), 'T', repeat('x', 20001)) $$), '23514 tasks_description_is_bounded', 'a description is bounded');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, status) values (tests.alice(), tests.id('a', 'home'), 'T', 'doing') $$), '23514 tasks_status_is_known', 'a status is a known one');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, priority) values (tests.alice(), tests.id('a', 'home'), 'T', 0) $$), '23514 tasks_priority_is_known', 'a priority is 1 to 4');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, start_date, due_date) values (tests.alice(), tests.id('a', 'home'), 'T', '2026-05-02', '2026-05-01') $$), '23514 tasks_due_date_is_not_before_start', 'it is not due before it starts');
select lives_ok($$ insert into app.tasks (user_id, project_id, title, start_date, due_date) values (tests.alice(), tests.id('a', 'home'), 'T', '2026-05-02', '2026-05-02') $$, 'it may start and be due on one day');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, due_time) values (tests.alice(), tests.id('a', 'home'), 'T', '09:00') $$), '23514 tasks_due_time_has_date', 'a time needs a day');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, due_date, due_tz) values (tests.alice(), tests.id('a', 'home'), 'T', '2026-05-01', 'UTC') $$), '23514 tasks_due_tz_has_time', 'a zone needs a time');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, due_date, due_time, due_tz) values (tests.alice(), tests.id('a', 'home'), 'T', '2026-05-01', '09:00', 'Mars/Base') $$), '23514 tasks_due_tz_is_known', 'a zone is a known one');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, due_date) values (tests.alice(), tests.id('a', 'home'), 'T', 'infinity') $$), '23514 tasks_due_date_is_in_range', 'infinity is no day');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, start_date) values (tests.alice(), tests.id('a', 'home'), 'T', '-infinity') $$), '23514 tasks_start_date_is_in_range', 'nor is minus infinity a start');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, position) values (tests.alice(), tests.id('a', 'home'), 'T', 'a0') $$), '23514 tasks_position_has_form', 'a position ends in something');
select is(tests.outcome($$ insert into app.tasks (user_id, project_id, title, assignee_id) values (tests.alice(), tests.id('a', 'home'), 'T', tests.bob()) $$), '23514 tasks_assignee_is_in_space', 'it is given to nobody outside');
select lives_ok($$ insert into app.tasks (user_id, project_id, title, assignee_id) values (tests.alice(), tests.id('a', 'home'), 'T', tests.alice()) $$, 'it may be given to oneself');
select is(tests.outcome($$ update app.tasks set deletion_id = gen_random_uuid() where title = 'Grandchild' $$), '42501', 'nobody names an act of deletion');
select act_as_superuser();
select is(tests.outcome($$ update app.tasks set deletion_id = gen_random_uuid() where title = 'Grandchild' $$), '23514 tasks_deletion_is_dated', 'a deletion has a date and an act');
select act_as(alice());
-- The instant it is due: a fixed time moves with the zone's summer time.
insert into app.tasks (user_id, id, project_id, title, due_date, due_time, due_tz) values
(alice(), gen_random_uuid(), alice(), 'winter', '2026-01-15', '09:00', 'Europe/Berlin'),
(alice(), gen_random_uuid(), alice(), 'summer', '2026-07-15', '09:00', 'Europe/Berlin'),
(alice(), gen_random_uuid(), alice(), 'gap', '2026-03-29', '02:30', 'Europe/Berlin'),
(alice(), gen_random_uuid(), alice(), 'skipped day', '2011-12-30', '12:00', 'Pacific/Apia'),
(alice(), gen_random_uuid(), alice(), 'floating', '2026-01-15', '09:00', null);
select results_eq(
    $$
    select title, due_at from app.tasks
    where project_id = tests.alice() and due_date is not null order by title
    $$,
    $$ values
    ('floating', null::timestamptz),
    ('gap', '2026-03-29 01:30:00+00'),
    ('skipped day', '2011-12-30 22:00:00+00'),
    ('summer', '2026-07-15 07:00:00+00'),
    ('winter', '2026-01-15 08:00:00+00')
    $$,
    'nine in the morning is nine in the morning in winter and in summer'
);
select throws_ok($$ update app.tasks set completed = true $$, '428C9', null, 'completed follows the status');
select throws_ok($$ update app.tasks set completed_at = now() $$, '42501', null, 'so does its date');
select throws_ok($$ update app.tasks set created_by = tests.bob() $$, '428C9', null, 'who made it stays');
select is(
    (select created_by from app.tasks where title = 'winter'), alice(),
    'who made it is the verified user'
);
-- The tree
select is(
    tests.outcome(format('update app.tasks set parent_id = id where id = %L', id('a', 'parent'))),
    '23503 tasks_parent_id_fkey', 'a task is not its own parent'
);
select is(
    tests.outcome(format('update app.tasks set parent_id = %L where id = %L', id('a', 'grandchild'), id('a', 'parent'))),
    '23503 tasks_parent_id_fkey', 'nor below its own grandchild'
);
select is(
    tests.outcome(format($$ insert into app.tasks (user_id, project_id, parent_id, title) values (%L, %L, %L, 'x') $$, alice(), alice(), id('a', 'parent'))),
    '23503 tasks_parent_id_fkey', 'a subtask stands in its parent''s project'
);
select is(
    tests.outcome(format($$ insert into app.tasks (user_id, project_id, parent_id, title) values (%L, %L, %L, 'x') $$, alice(), id('a', 'home'), id('b', 'parent'))),
    '23503 tasks_parent_id_fkey', 'Bob''s task is no parent'
);
select is(
    tests.outcome(format($$ insert into app.tasks (user_id, project_id, parent_id, title) values (%L, %L, %L, 'x') $$, alice(), id('a', 'home'), gen_random_uuid())),
    '23503 tasks_parent_id_fkey', 'no more than one that does not exist'
);
select is(
    tests.outcome(format($$ insert into app.tasks (user_id, project_id, title) values (%L, %L, 'x') $$, alice(), id('b', 'home'))),
    '23503 tasks_project_id_fkey', 'Bob''s project is no place'
);
select is(
    tests.outcome(format($$ insert into app.tasks (user_id, project_id, title) values (%L, %L, 'x') $$, alice(), gen_random_uuid())),
    '23503 tasks_project_id_fkey', 'no more than one that does not exist'
);
-- An id that Bob uses is as free as any other.
select lives_ok(
    format($$ insert into app.tasks (user_id, id, project_id, title) values (%L, %L, %L, 'x') $$, alice(), id('b', 'parent'), alice()),
    'an id of Bob''s cannot be told from a free one'
);

select * from finish();
rollback;
