-- Takes back 0013_validate_visible_names.

set local lock_timeout = '2s';
set local role todo_owner;

alter table app.tags
drop constraint tags_name_is_visible,
add constraint tags_name_is_visible check (
    name ~ '[^ \t\n\r\u00a0\u00ad\u180e\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff]'
) not valid;

reset role;
