-- Takes back 0008_create_tags.

set local lock_timeout = '2s';
set local role todo_owner;

drop table app.task_tags;
drop table app.tags;

reset role;
