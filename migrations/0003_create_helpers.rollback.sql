-- Takes back 0003_create_helpers.

set local lock_timeout = '2s';
set local role todo_owner;

drop function app.is_task_transition(text, text);
drop function app.position_between(text, text);
drop function app.position_now();
drop function app.is_time_zone(text);
drop function app.fold_name(text);
drop function app.uuid_v7();

reset role;
