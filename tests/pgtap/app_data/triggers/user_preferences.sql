-- Changed preferences count and are dated.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select triggers_are('app_data', 'user_preferences', array['user_preferences_900_bump_version']);
select act_as(alice());
update app.user_preferences set theme = 'dark';
select results_eq('select version, updated_at = now() from app.user_preferences', 'values (2, true)');

select * from finish();
rollback;
