-- A change of a person's row counts and dates itself.

create trigger users_900_touch
before update on app.users
for each row execute function app_private.touch();

comment on trigger users_900_touch on app.users is
'Counts the version and dates the change.';
