-- The rows of a space belong to its person alone.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select isnt_empty('select * from app.task_tags', 'Alice has rows');
select is_empty(
    format('select * from app.task_tags where user_id <> %L', alice()), 'and sees no others'
);
select is_empty(
    format('select * from app.task_tags where user_id = %L', bob()), 'not even by asking for Bob''s'
);
select lives_ok(
    format($$ insert into app.task_tags (user_id, task_id, tag_id) values (%1$L, %2$L, %3$L) $$, alice(), id('a', 'child'), id('a', 'later')),
    'she adds her own'
);
select throws_ok(
    format($$ insert into app.task_tags (user_id, task_id, tag_id) values (%1$L, %2$L, %3$L) $$, bob(), id('a', 'child'), id('a', 'later')),
    '42501', null, 'and none to Bob''s space'
);

select throws_ok('update app.task_tags set created_at = now()', '42501', null, 'there is nothing to update');


select is(
    rows(format('delete from app.task_tags where user_id = %L', bob())), 0::bigint,
    'of Bob''s nothing goes'
);
select is(
    rows(format('delete from app.task_tags where tag_id = %L', id('a', 'urgent'))), 1::bigint,
    'a tag is taken off'
);
select throws_ok(
    format('insert into app.task_tags (user_id, task_id, tag_id) values (%L, %L, %L)',
        alice(), id('b', 'parent'), id('a', 'urgent')),
    '23503', null, 'Bob''s task cannot be tagged'
);
select throws_ok(
    format('insert into app.task_tags (user_id, task_id, tag_id) values (%L, %L, %L)',
        alice(), gen_random_uuid(), id('a', 'urgent')),
    '23503', null, 'and a task that does not exist fails in the same way'
);

select throws_ok('truncate app.task_tags', '42809', null, 'TRUNCATE knows no policy and is not granted');
select act_as(null);
select is_empty('select * from app.task_tags', 'nobody sees nothing');
select is(
    tests.outcome(format($$ insert into app.task_tags (user_id, task_id, tag_id) values (%1$L, %2$L, %3$L) $$, alice(), id('a', 'child'), id('a', 'later'))),
    '42501', 'and adds nothing'
);
select act_for('find_login', 'alice@example.org');
select throws_ok('select * from app.task_tags', '42501', null, 'todo_auth reads no table');
select act_as(bob());
select results_eq(
    'select distinct user_id from app.task_tags', 'values (bob())',
    'Bob sees his own, whatever Alice did'
);

select * from finish();
rollback;
