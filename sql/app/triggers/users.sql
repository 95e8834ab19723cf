-- A change of a person's row counts and dates itself.

create trigger users_900_bump_version
before update on app.users
for each row execute function app_private.bump_version();

comment on trigger users_900_bump_version on app.users is
'Counts the version and dates the change.';
