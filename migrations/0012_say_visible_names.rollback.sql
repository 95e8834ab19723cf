-- Takes back 0012_say_visible_names.

set local lock_timeout = '2s';
set local role todo_owner;

alter table app.tags
drop constraint tags_name_is_visible,
add constraint tags_name_is_visible check (name_key <> ''),
add constraint tags_name_is_not_blank check (btrim(name, E' \t\n\r') <> '');

reset role;
