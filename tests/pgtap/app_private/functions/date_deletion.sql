-- The date and the act of a deletion are the database's, whatever a statement says.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
update app.tasks set deleted_at = '2001-01-01' where id = id('a', 'grandchild');
select is(
    (select deleted_at from app.tasks where id = id('a', 'grandchild')), now(),
    'a date in the past is the date of now'
);
update app.tasks set deleted_at = '2999-01-01' where id = id('a', 'grandchild');
select is(
    (select deleted_at from app.tasks where id = id('a', 'grandchild')), now(),
    'what lies in the trash keeps its date'
);
update app.tasks set deleted_at = null where id = id('a', 'grandchild');
select results_eq(
    format('select deleted_at, deletion_id from app.tasks where id = %L', id('a', 'grandchild')),
    'values (null::timestamptz, null::uuid)', 'what comes back has neither'
);
update app.tasks set deleted_at = now() where id = id('a', 'grandchild');
update app.tasks set deleted_at = now() where id = id('a', 'child');
select is(
    (
        select count(distinct deletion_id) from app.tasks
        where id in (id('a', 'grandchild'), id('a', 'child'))
    ), 2::bigint, 'two statements are two acts'
);
select set_config('tests.act', (
    select deletion_id::text from app.tasks where id = id('a', 'grandchild')
), true);
update app.tasks set deleted_at = '2001-01-01' where id = id('a', 'grandchild');
select is(
    (select deletion_id::text from app.tasks where id = id('a', 'grandchild')),
    current_setting('tests.act'), 'what lies there keeps its act'
);
update app.projects set deleted_at = '2001-01-01' where id = id('a', 'old');
select is(
    (select deleted_at from app.projects where id = id('a', 'old')), now(),
    'projects are dated alike'
);

select * from finish();
rollback;
