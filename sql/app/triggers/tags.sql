-- A change of a tag counts and dates itself.

create trigger tags_900_touch
before update on app.tags
for each row execute function app_private.touch();

comment on trigger tags_900_touch on app.tags is
'Counts the version and dates the change.';
