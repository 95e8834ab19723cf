-- Takes back 0011_create_commands.

set local lock_timeout = '2s';
set local role todo_owner;

drop table app.commands;

reset role;
