-- How many tasks of each status a project has: badges and dashboards read a row per
-- project instead of every task. Kept by triggers on tasks in the transaction of the
-- change, under the lock of the space (app_data.spaces), so that they are exact at any
-- time; app_private.miscounts says where they are not.
--
-- Made with the project; written by triggers alone (todo_integrity).

create table app_data.task_counts (
    user_id uuid not null,
    project_id uuid not null,
    todo integer not null default 0,
    in_progress integer not null default 0,
    review integer not null default 0,
    blocked integer not null default 0,
    done integer not null default 0,
    deleted integer not null default 0,
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint task_counts_pkey primary key (user_id, project_id),
    constraint task_counts_project_id_fkey foreign key (user_id, project_id)
    references app_data.projects (user_id, id) on delete cascade,
    constraint task_counts_are_not_negative check (
        least(todo, in_progress, review, blocked, done, deleted) >= 0
    )
)
-- Rewritten in place by every write: room for it on the page (HOT).
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

alter table app_data.task_counts enable row level security;
alter table app_data.task_counts force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.task_counts
alter column todo set statistics 0,
alter column in_progress set statistics 0,
alter column review set statistics 0,
alter column blocked set statistics 0,
alter column done set statistics 0,
alter column deleted set statistics 0,
alter column space_number set statistics 0,
alter column project_id set statistics 1;

comment on table app_data.task_counts is
'How many tasks of each status a project has.';
comment on column app_data.task_counts.user_id is
'The space.';
comment on column app_data.task_counts.project_id is
'The project.';
comment on column app_data.task_counts.todo is
'Tasks with status todo that are not in the trash.';
comment on column app_data.task_counts.in_progress is
'Tasks with status in_progress that are not in the trash.';
comment on column app_data.task_counts.review is
'Tasks with status review that are not in the trash.';
comment on column app_data.task_counts.blocked is
'Tasks with status blocked that are not in the trash.';
comment on column app_data.task_counts.done is
'Tasks with status done that are not in the trash.';
comment on column app_data.task_counts.deleted is
'Tasks in the trash, whatever their status.';
comment on column app_data.task_counts.space_number is
'@omit
Number of the space: what the policies ask first.';
