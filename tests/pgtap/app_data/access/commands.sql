-- A person's commands are noted and seen by the person alone, and stay as they are.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select results_eq('select distinct user_id from app.commands', array[alice()], 'Alice sees her own');
select lives_ok(
    format('insert into app.commands (user_id, id) values (%L, gen_random_uuid())', alice()),
    'she notes one'
);
select throws_ok(
    format('insert into app.commands (user_id, id) values (%L, gen_random_uuid())', bob()),
    '42501', null, 'and none for Bob'
);
select throws_ok('update app.commands set created_at = now()', '42501', null, 'none is changed');
select throws_ok('delete from app.commands', '42501', null, 'none is removed');
select act_as(null);
select is_empty('select * from app.commands', 'nobody sees none');
select act_for('find_login', 'alice@example.org');
select throws_ok('select * from app.commands', '42501', null, 'todo_auth reads no table');

select * from finish();
rollback;
