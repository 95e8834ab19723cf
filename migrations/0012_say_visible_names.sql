-- A tag's name can be seen: said of the name itself, so that clients can check it too.
-- depends: 0011_create_commands

set local lock_timeout = '2s';
set local role todo_owner;

-- One rule in place of two: what leaves nothing of the key is blank or invisible, and
-- what is blank leaves nothing of it. No name that was taken before is refused now, so
-- that the rows there can be read later, by 0013.

alter table app.tags
drop constraint tags_name_is_not_blank,
drop constraint tags_name_is_visible,
add constraint tags_name_is_visible check (
    name ~ '[^ \t\n\r\u00a0\u00ad\u180e\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff]'
) not valid;

reset role;
