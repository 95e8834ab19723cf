-- A change of preferences counts and dates itself.

create trigger user_preferences_900_bump_version
before update on app_data.user_preferences
for each row execute function app_private.bump_version();

comment on trigger user_preferences_900_bump_version on app_data.user_preferences is
'Counts the version and dates the change.';
