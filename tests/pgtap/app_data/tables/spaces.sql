-- A space counts its tasks.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select columns_are('app_data', 'spaces', array['user_id', 'task_count', 'space_number']);
select col_is_pk('app_data', 'spaces', 'user_id', 'a person has one space');
select fk_ok('app_data', 'spaces', 'user_id', 'app_data', 'users', 'id');
select is(
    tests.outcome('update app.spaces set task_count = -1'),
    '23514 spaces_task_count_is_not_negative', 'less than none is wrong'
);

select * from finish();
rollback;
