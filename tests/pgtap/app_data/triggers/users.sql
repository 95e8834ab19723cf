-- A changed person counts and is dated.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select triggers_are('app_data', 'users', array['users_500_open_space', 'users_900_bump_version']);
select act_as(alice());
update app.users set last_name = 'Liddell';
select results_eq('select version, updated_at = now() from app.users', 'values (2, true)');
-- A log-in is no edit: whoever edits the row meanwhile would be told that it is stale.
select act_as_superuser();
update app.users set updated_at = updated_at - interval '1 hour' where id = bob();
create temporary table before as select version, updated_at from app.users where id = bob();
update app.users set last_login_at = now() where id = bob();
select results_eq(
    format('select version, updated_at from app.users where id = %L', bob()), 'select * from before', 'but not by a log-in'
);

select * from finish();
rollback;
