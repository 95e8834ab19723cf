-- A changed tag counts and is dated.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select triggers_are('app_data', 'tags', array['tags_900_bump_version']);
select act_as(alice());
update app.tags set colour = '#00ff00' where name = 'urgent';
select results_eq($$ select version, updated_at = now() from app.tags where name = 'urgent' $$, 'values (2, true)');

select * from finish();
rollback;
