-- A person reads the own counts and writes none.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select isnt_empty('select * from app.task_counts', 'Alice has rows');
select is_empty(
    format('select * from app.task_counts where user_id <> %L', alice()), 'and sees no others'
);
select throws_ok('update app.task_counts set done = 5', '42501', null, 'nobody writes them');
select throws_ok('delete from app.task_counts', '42501', null, 'nor removes them');
select throws_ok('select * from app.task_counts for update', '42501', null, 'nor locks them by hand');
select act_as(null);
select is_empty('select * from app.task_counts', 'nobody sees nothing');
select act_for('find_login', 'alice@example.org');
select throws_ok('select * from app.task_counts', '42501', null, 'todo_auth reads no table');

select * from finish();
rollback;
