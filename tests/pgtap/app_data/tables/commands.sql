-- A command is noted once.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select columns_are('app_data', 'commands', array['user_id', 'id', 'created_at', 'space_number']);
select col_is_pk('app_data', 'commands', array['user_id', 'id'], 'a command is known within its space');
select fk_ok('app_data', 'commands', 'user_id', 'app_data', 'users', 'id');
select act_as(alice());
select is(
    tests.outcome(format('insert into app.commands (user_id, id) values (%L, %L)', alice(), id('a', 'home'))),
    '23505 commands_pkey', 'not twice'
);
select is(
    tests.outcome(format('insert into app.commands (user_id, id) values (%L, %L)', alice(), id('b', 'home'))),
    'ok', 'an id that Bob used is as free as any other'
);

select * from finish();
rollback;
