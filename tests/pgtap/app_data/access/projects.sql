-- The rows of a space belong to its person alone.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select isnt_empty('select * from app.projects', 'Alice has rows');
select is_empty(
    format('select * from app.projects where user_id <> %L', alice()), 'and sees no others'
);
select is_empty(
    format('select * from app.projects where user_id = %L', bob()), 'not even by asking for Bob''s'
);
select lives_ok(
    format($$ insert into app.projects (user_id, id, name) values (%1$L, gen_random_uuid(), 'P') $$, alice()),
    'she adds her own'
);
select throws_ok(
    format($$ insert into app.projects (user_id, id, name) values (%1$L, gen_random_uuid(), 'P') $$, bob()),
    '42501', null, 'and none to Bob''s space'
);

select is(rows($$ update app.projects set name = 'mine' $$), (select count(*) from app.projects), 'Alice changes all of her own');
select is(
    rows(format($$ update app.projects set name = 'mine' where user_id = %L $$, bob())), 0::bigint,
    'and nothing of Bob''s'
);
select throws_ok(
    format('update app.projects set user_id = %L', bob()), '42501', null, 'a row cannot be given away'
);


select is(
    tests.outcome(format('delete from app.projects where id = %L', id('a', 'old'))),
    '23514 projects_deleted_is_in_trash', 'a live project is not deleted for ever'
);
select is(app.delete_project(id('a', 'old')), 1, 'it goes to the trash');
select is(
    rows(format('delete from app.projects where id = %L', id('a', 'old'))), 1::bigint,
    'and from there for ever'
);
select is(
    rows(format('delete from app.projects where user_id = %L', bob())), 0::bigint,
    'of Bob''s nothing goes'
);
select is(
    tests.outcome(format('update app.projects set deleted_at = now() where id = %L', alice())),
    '23514 projects_inbox_stays', 'the inbox stays'
);

select throws_ok('truncate app.projects', '42809', null, 'TRUNCATE knows no policy and is not granted');
select act_as(null);
select is_empty('select * from app.projects', 'nobody sees nothing');
select is(
    tests.outcome(format($$ insert into app.projects (user_id, id, name) values (%1$L, gen_random_uuid(), 'P') $$, alice())),
    '42501', 'and adds nothing'
);
select act_for('find_login', 'alice@example.org');
select throws_ok('select * from app.projects', '42501', null, 'todo_auth reads no table');
select act_as(bob());
select results_eq(
    'select distinct user_id from app.projects', 'values (bob())',
    'Bob sees his own, whatever Alice did'
);

-- The registrar makes inboxes, and knows of nothing else.
select act_as_superuser();
set local role todo_registrar;
select is_empty('select id from app_data.projects where id <> user_id', 'the registrar sees inboxes only');
select is(
    tests.outcome($$ insert into app_data.projects (user_id, id, name) values (tests.alice(), gen_random_uuid(), 'x') $$),
    '42501', 'and makes nothing else'
);
reset role;

select * from finish();
rollback;
