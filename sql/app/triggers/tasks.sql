-- What a task does when it is written: find its place, follow its status, count
-- itself, and, once the statement has written all its rows, see that the trash is
-- whole. In this order: the numbers in the names are the order in which they run.

create trigger tasks_100_place
before insert or update of project_id, parent_id, depth, deleted_at on app.tasks
for each row execute function app_private.place_task();

create trigger tasks_150_date_deletion
before update of deleted_at on app.tasks
for each row when (old.deleted_at is distinct from new.deleted_at)
execute function app_private.date_deletion();

create trigger tasks_200_follow_status
before insert or update of status on app.tasks
for each row execute function app_private.follow_task_status();

create trigger tasks_900_bump_version
before update on app.tasks
for each row execute function app_private.bump_version();

create trigger tasks_300_check_trash
after update of deleted_at on app.tasks
for each row when (old.deleted_at is distinct from new.deleted_at)
execute function app_private.check_task_trash();

comment on trigger tasks_100_place on app.tasks is
'Keeps the depth, and keeps a live task out of a deleted project or parent.';
comment on trigger tasks_150_date_deletion on app.tasks is
'Dates a deletion and names its act.';
comment on trigger tasks_200_follow_status on app.tasks is
'Allows only known steps of the status and dates the completion.';
comment on trigger tasks_300_check_trash on app.tasks is
'Keeps live tasks from standing below deleted ones.';
comment on trigger tasks_900_bump_version on app.tasks is
'Counts the version and dates the change.';
