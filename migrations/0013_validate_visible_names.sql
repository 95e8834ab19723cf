-- The names that were there before are visible too: read while everybody works on.
-- depends: 0012_say_visible_names

set local lock_timeout = '2s';
set local role todo_owner;

alter table app.tags validate constraint tags_name_is_visible;

reset role;
