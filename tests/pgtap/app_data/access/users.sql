-- A person sees and renames the own row, and nobody elses; nobody sees a hash.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select results_eq('select id from app.users', array[alice()], 'Alice sees herself alone');
select throws_ok('select password_hash from app_data.users', '42501', null, 'and no password hash');
select throws_ok('select * from app_data.users', '42501', null, 'not by * either');
select throws_ok(
    'update app_data.users set first_name = first_name returning password_hash', '42501', null,
    'nor by RETURNING'
);
select throws_ok(
    $$ update app_data.users set first_name = 'x' where password_hash ~ '^.' $$, '42501', null,
    'nor by a condition'
);
select is(rows($$ update app.users set first_name = 'Alicia' $$), 1::bigint, 'she renames herself');
select is(
    rows(format($$ update app.users set first_name = 'x' where id = %L $$, bob())), 0::bigint,
    'and not Bob'
);
select throws_ok($$ update app.users set email = 'bob@example.org' $$, '42501', null,
    'an address is not changed by hand');
select throws_ok('update app.users set is_active = true', '42501', null, 'nor is who may log in');
select throws_ok(
    $$ insert into app_data.users (email, password_hash) values ('x@y.z', 'x') $$, '42501', null,
    'people come by sign-up'
);
select throws_ok('delete from app.users', '42501', null, 'and do not vanish by DELETE');
select throws_ok('truncate app_data.users', '42501', null, 'nor by TRUNCATE');
select act_as(null);
select is_empty('select id from app.users', 'nobody sees nobody');
select is(rows($$ update app.users set first_name = 'x' $$), 0::bigint, 'and renames nobody');
select act_for('find_login', 'alice@example.org');
select throws_ok('select id from app.users', '42501', null, 'todo_auth reads no table');
select set_config('role', 'none', true);
select throws_ok('select id from app.users', '42501', null, 'nor does todo_app itself');

select * from finish();
rollback;
