-- A person reads the own counts and writes none.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select isnt_empty('select * from app.spaces', 'Alice has rows');
select is_empty(
    format('select * from app.spaces where user_id <> %L', alice()), 'and sees no others'
);
select throws_ok('update app.spaces set task_count = 5', '42501', null, 'nobody writes them');
select throws_ok('delete from app.spaces', '42501', null, 'nor removes them');
select throws_ok('select * from app.spaces for update', '42501', null, 'nor locks them by hand');
select act_as(null);
select is_empty('select * from app.spaces', 'nobody sees nothing');
select act_for('find_login', 'alice@example.org');
select throws_ok('select * from app.spaces', '42501', null, 'todo_auth reads no table');
-- How large a space is says how far a search looks at once.
select act_as_superuser();
set local role todo_searcher;
select is(
    (select count(*) from app_data.spaces where user_id in (alice(), bob())), 2::bigint,
    'the searcher sees how many tasks there are'
);
reset role;

select * from finish();
rollback;
