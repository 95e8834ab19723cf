-- Takes back 0007_create_tasks.

set local lock_timeout = '2s';
set local role todo_owner;

drop trigger projects_300_check_trash on app.projects;
drop table app.tasks;
drop function app_private.check_project_trash();
drop function app_private.check_task_trash();
drop function app_private.follow_task_status();
drop function app_private.place_task();

reset role;
