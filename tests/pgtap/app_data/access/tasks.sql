-- The rows of a space belong to its person alone.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select isnt_empty('select * from app.tasks', 'Alice has rows');
select is_empty(
    format('select * from app.tasks where user_id <> %L', alice()), 'and sees no others'
);
select is_empty(
    format('select * from app.tasks where user_id = %L', bob()), 'not even by asking for Bob''s'
);
select lives_ok(
    format($$ insert into app.tasks (user_id, project_id, title) values (%1$L, %2$L, 'T') $$, alice(), id('a', 'home')),
    'she adds her own'
);
select throws_ok(
    format($$ insert into app.tasks (user_id, project_id, title) values (%1$L, %2$L, 'T') $$, bob(), id('a', 'home')),
    '42501', null, 'and none to Bob''s space'
);

select is(rows($$ update app.tasks set title = 'mine' $$), (select count(*) from app.tasks), 'Alice changes all of her own');
select is(
    rows(format($$ update app.tasks set title = 'mine' where user_id = %L $$, bob())), 0::bigint,
    'and nothing of Bob''s'
);
select throws_ok(
    format('update app.tasks set user_id = %L', bob()), '42501', null, 'a row cannot be given away'
);


select is(
    tests.outcome(format('delete from app.tasks where id = %L', id('a', 'child'))),
    '23514 tasks_deleted_is_in_trash', 'a live task is not deleted for ever'
);
select is(
    rows(format('delete from app.tasks where id = %L', id('a', 'trashed'))), 1::bigint,
    'one in the trash is'
);
select is(
    rows(format('delete from app.tasks where user_id = %L', bob())), 0::bigint,
    'of Bob''s nothing goes'
);

select throws_ok('truncate app.tasks', '42809', null, 'TRUNCATE knows no policy and is not granted');
select act_as(null);
select is_empty('select * from app.tasks', 'nobody sees nothing');
select is(
    tests.outcome(format($$ insert into app.tasks (user_id, project_id, title) values (%1$L, %2$L, 'T') $$, alice(), id('a', 'home'))),
    '42501', 'and adds nothing'
);
select act_for('find_login', 'alice@example.org');
select throws_ok('select * from app.tasks', '42501', null, 'todo_auth reads no table');
select act_as(bob());
select results_eq(
    'select distinct user_id from app.tasks', 'values (bob())',
    'Bob sees his own, whatever Alice did'
);

select * from finish();
rollback;
