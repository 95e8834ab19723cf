-- What happens when a task is written, in three stages: before the statement the lock
-- of the space, before each row what the database fills in, after the statement the
-- counts and the checks of the finished rows. The numbers in the names are the order
-- within a stage (PostgreSQL goes by name).

create trigger tasks_000_lock_space
before update of project_id, parent_id, status, deleted_at or delete on app_data.tasks
for each statement execute function app_integrity.lock_before_write();

create trigger tasks_050_refuse_live_deletion
before delete on app_data.tasks
for each row when (old.deleted_at is null)
execute function app_private.refuse_live_deletion();

create trigger tasks_150_date_deletion
before update of deleted_at on app_data.tasks
for each row when (old.deleted_at is distinct from new.deleted_at)
execute function app_private.date_deletion();

-- A task that begins its life undone has nothing to follow.
create trigger tasks_200_follow_status_on_insert
before insert on app_data.tasks
for each row when (new.status = 'done')
execute function app_private.follow_task_status();

create trigger tasks_200_follow_status
before update of status on app_data.tasks
for each row when (old.status <> new.status)
execute function app_private.follow_task_status();

create trigger tasks_900_bump_version
before update on app_data.tasks
for each row execute function app_private.bump_version();

create trigger tasks_500_count_inserted
after insert on app_data.tasks
referencing new table as changed
for each statement execute function app_integrity.count_tasks();

create trigger tasks_500_count_deleted
after delete on app_data.tasks
referencing old table as changed
for each statement execute function app_integrity.count_tasks();

create trigger tasks_510_recount
after update of project_id, status, deleted_at on app_data.tasks
for each row when (
    old.project_id <> new.project_id
    or old.status <> new.status
    or (old.deleted_at is null) <> (new.deleted_at is null)
)
execute function app_integrity.recount_task();

create trigger tasks_520_check_moved
after update of project_id, parent_id, deleted_at on app_data.tasks
for each row when (
    old.project_id <> new.project_id
    or old.parent_id is distinct from new.parent_id
    or (old.deleted_at is null) <> (new.deleted_at is null)
)
execute function app_integrity.check_moved_task();

comment on trigger tasks_000_lock_space on app_data.tasks is
'Takes the lock of the space before any lock of a row.';
comment on trigger tasks_050_refuse_live_deletion on app_data.tasks is
'Refuses to delete for ever what is not in the trash.';
comment on trigger tasks_150_date_deletion on app_data.tasks is
'Dates a deletion and names its act.';
comment on trigger tasks_200_follow_status_on_insert on app_data.tasks is
'Dates the completion of a task that is born done.';
comment on trigger tasks_200_follow_status on app_data.tasks is
'Allows only known steps of the status and dates the completion.';
comment on trigger tasks_900_bump_version on app_data.tasks is
'Counts the version and dates the change.';
comment on trigger tasks_500_count_inserted on app_data.tasks is
'Counts new tasks, and looks at their places.';
comment on trigger tasks_500_count_deleted on app_data.tasks is
'Counts tasks that are gone.';
comment on trigger tasks_510_recount on app_data.tasks is
'Counts a task where it is now.';
comment on trigger tasks_520_check_moved on app_data.tasks is
'Keeps trees trees, and live tasks out of deleted places.';
