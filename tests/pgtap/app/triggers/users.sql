-- A changed person counts and is dated.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select triggers_are('app', 'users', array['users_500_open_space', 'users_900_bump_version']);
select act_as(alice());
update app.users set last_name = 'Liddell';
select results_eq('select version, updated_at = now() from app.users', 'values (2, true)');

select * from finish();
rollback;
