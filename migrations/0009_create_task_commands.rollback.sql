-- Takes back 0009_create_task_commands.

set local lock_timeout = '2s';
set local role todo_owner;

drop function app.restore_project(uuid);
drop function app.delete_project(uuid);
drop function app.move_task(uuid, uuid, uuid);
drop function app.restore_task(uuid);
drop function app.delete_task(uuid);

reset role;
