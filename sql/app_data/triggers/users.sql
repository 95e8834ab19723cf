-- A change of a person's row counts and dates itself. A log-in is none: who edits
-- the row on another device meanwhile must not be told that it is stale.

create trigger users_900_bump_version
before update on app_data.users
for each row when (old.last_login_at is not distinct from new.last_login_at)
execute function app_private.bump_version();

create trigger users_500_open_space
after insert on app_data.users
for each row execute function app_integrity.open_space();

comment on trigger users_500_open_space on app_data.users is
'Gives a new person a space.';
comment on trigger users_900_bump_version on app_data.users is
'Counts the version and dates the change.';
