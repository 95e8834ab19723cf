-- A change of preferences counts and dates itself.

create trigger user_preferences_900_touch
before update on app.user_preferences
for each row execute function app_private.touch();

comment on trigger user_preferences_900_touch on app.user_preferences is
'Counts the version and dates the change.';
