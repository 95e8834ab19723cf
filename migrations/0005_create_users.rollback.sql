-- Takes back 0005_create_users.

set local lock_timeout = '2s';
set local role todo_owner;

drop table app.user_preferences;
drop table app.users;

reset role;
