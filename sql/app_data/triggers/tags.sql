-- A change of a tag counts and dates itself.

create trigger tags_900_bump_version
before update on app_data.tags
for each row execute function app_private.bump_version();

comment on trigger tags_900_bump_version on app_data.tags is
'Counts the version and dates the change.';
