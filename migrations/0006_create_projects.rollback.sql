-- Takes back 0006_create_projects.

set local lock_timeout = '2s';
set local role todo_owner;

drop table app.projects;

reset role;
