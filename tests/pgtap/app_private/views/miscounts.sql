-- It shows a count that is wrong, of a project and of a space.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select is_empty('select * from app_private.miscounts', 'at first all are right');
update app.task_counts set review = 1 where project_id = id('a', 'old');
select results_eq(
    'select user_id, project_id from app_private.miscounts',
    format('values (%L::uuid, %L::uuid)', alice(), id('a', 'old')), 'one too many in a project'
);
update app.task_counts set review = 0 where project_id = id('a', 'old');
update app.spaces set task_count = task_count + 1 where user_id = bob();
select results_eq(
    'select user_id, project_id from app_private.miscounts',
    format('values (%L::uuid, null::uuid)', bob()), 'one too many in a space'
);
delete from app.spaces where user_id = bob();
select is((select count(*) from app_private.miscounts), 1::bigint, 'a space without its row');
select act_as(alice());
select throws_ok('select * from app_private.miscounts', '42501', null, 'it is closed');

select * from finish();
rollback;
