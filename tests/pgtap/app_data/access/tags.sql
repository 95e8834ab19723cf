-- The rows of a space belong to its person alone.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select isnt_empty('select * from app.tags', 'Alice has rows');
select is_empty(
    format('select * from app.tags where user_id <> %L', alice()), 'and sees no others'
);
select is_empty(
    format('select * from app.tags where user_id = %L', bob()), 'not even by asking for Bob''s'
);
select lives_ok(
    format($$ insert into app.tags (user_id, name) values (%1$L, 'new') $$, alice()),
    'she adds her own'
);
select results_eq(
    $$ insert into app.tags (name) values ('unnamed space') returning user_id $$,
    array[alice()], 'a space that is not named is her own'
);
select throws_ok(
    format($$ insert into app.tags (user_id, name) values (%1$L, 'new') $$, bob()),
    '42501', null, 'and none to Bob''s space'
);

select is(rows($$ update app.tags set colour = '#ff0000' $$), (select count(*) from app.tags), 'Alice changes all of her own');
select is(
    rows(format($$ update app.tags set colour = '#ff0000' where user_id = %L $$, bob())), 0::bigint,
    'and nothing of Bob''s'
);
select throws_ok(
    format('update app.tags set user_id = %L', bob()), '42501', null, 'a row cannot be given away'
);


select is(
    rows(format('delete from app.tags where user_id = %L', bob())), 0::bigint,
    'of Bob''s nothing goes'
);
select is(
    rows(format('delete from app.tags where id = %L', id('a', 'urgent'))), 1::bigint,
    'a tag is removed at once'
);
select is_empty(
    format('select * from app.task_tags where tag_id = %L', id('a', 'urgent')),
    'and from its tasks'
);

select throws_ok('truncate app.tags', '42809', null, 'TRUNCATE knows no policy and is not granted');
select act_as(null);
select is_empty('select * from app.tags', 'nobody sees nothing');
select is(
    tests.outcome(format($$ insert into app.tags (user_id, name) values (%1$L, 'new') $$, alice())),
    '42501', 'and adds nothing'
);
select act_for('find_login', 'alice@example.org');
select throws_ok('select * from app.tags', '42501', null, 'todo_auth reads no table');
select act_as(bob());
select results_eq(
    'select distinct user_id from app.tags', 'values (bob())',
    'Bob sees his own, whatever Alice did'
);

select * from finish();
rollback;
