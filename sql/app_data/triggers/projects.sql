-- A change of a project counts and dates itself; a deleted one holds no live task.

create trigger projects_050_refuse_live_deletion
before delete on app_data.projects
for each row when (old.deleted_at is null)
execute function app_private.refuse_live_deletion();

create trigger projects_150_date_deletion
before update of deleted_at on app_data.projects
for each row when (old.deleted_at is distinct from new.deleted_at)
execute function app_private.date_deletion();

create trigger projects_500_begin_counts
after insert on app_data.projects
for each row execute function app_integrity.begin_counts();

create trigger projects_520_check_emptied
after update of deleted_at on app_data.projects
for each row when (old.deleted_at is null and new.deleted_at is not null)
execute function app_integrity.check_emptied_project();

create trigger projects_900_bump_version
before update on app_data.projects
for each row execute function app_private.bump_version();

comment on trigger projects_050_refuse_live_deletion on app_data.projects is
'Refuses to delete for ever what is not in the trash.';
comment on trigger projects_150_date_deletion on app_data.projects is
'Dates a deletion and names its act.';
comment on trigger projects_500_begin_counts on app_data.projects is
'Gives a new project its counts.';
comment on trigger projects_520_check_emptied on app_data.projects is
'Keeps live tasks from standing in a deleted project.';
comment on trigger projects_900_bump_version on app_data.projects is
'Counts the version and dates the change.';
