-- Which preferences are possible.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select is(tests.outcome($$ update app.user_preferences set theme = 'pink' $$), '23514 user_preferences_theme_is_known', 'a theme is a known one');
select is(tests.outcome($$ update app.user_preferences set language = 'English' $$), '23514 user_preferences_language_is_a_tag', 'a language is a tag');
select lives_ok($$ update app.user_preferences set language = 'pt-BR' $$, 'pt-BR is one');
select is(tests.outcome($$ update app.user_preferences set week_starts_on = 8 $$), '23514 user_preferences_week_starts_on_is_a_weekday', 'a week has seven days');
select is(tests.outcome($$ update app.user_preferences set profile_visibility = 'all' $$), '23514 user_preferences_profile_visibility_is_known', 'visibility is a known one');
select act_as_superuser();
select fk_ok('app_data', 'user_preferences', 'user_id', 'app_data', 'users', 'id');
delete from app.users where id = bob();
select is_empty(format('select 1 from app.user_preferences where user_id = %L', bob()), 'they go with the person');

select * from finish();
rollback;
