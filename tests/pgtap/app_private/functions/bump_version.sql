-- Every change counts and dates a row; the client has no say.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
update app.tags set name = 'soon' where id = id('a', 'later');
select results_eq(
    format('select version, updated_at = now() from app.tags where id = %L', id('a', 'later')),
    'values (2, true)', 'the version counts up and the change is dated'
);
select throws_ok('update app.tags set version = 7', '42501', null, 'the version cannot be set');
select throws_ok('update app.tags set updated_at = now()', '42501', null, 'nor the date');

select * from finish();
rollback;
