-- Something to do. The widest and busiest table; every list in the application reads
-- it.
--
-- Written by the person (todo_user); the space is that of the request, unless the
-- statement names it, as the runtime's do. A task is never removed by its owner in one
-- step: it goes to the trash (deleted_at) and from there for ever.
--
-- Open work is small and the past is large: lists of open work read indexes that hold
-- nothing else, done work is read by the time it was done, and counts are kept
-- (app_data.task_counts). What is edited most, words and dates of change, stands in no
-- index, so that an edit stays on its page (HOT).
--
-- Subtasks are kept a tree by a trigger under the lock of the space
-- (app_integrity.check_place). Columns of one width stand together: no byte is
-- padding.

create table app_data.tasks (
    user_id uuid not null default app.current_user_id(),
    id uuid not null default app.uuid_v7(),
    project_id uuid not null,
    parent_id uuid,
    -- Until a project can be shared there is nobody else.
    created_by uuid not null generated always as (user_id) stored,
    assignee_id uuid,
    deletion_id uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    completed_at timestamptz,
    deleted_at timestamptz,
    due_at timestamptz generated always as (
        -- Guarded, so that an unknown zone is refused by its check, by name.
        case
            when app.is_time_zone(due_tz)
                then (due_date + due_time) at time zone due_tz
        end
    ) stored,
    due_time time,
    due_date date,
    start_date date,
    version integer not null default 1,
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    priority smallint not null default 4,
    completed boolean not null generated always as (status = 'done') stored,
    status text not null default 'todo',
    position text collate "C" not null default app.position_now(),
    title text not null,
    description text not null default '',
    due_tz text,
    constraint tasks_pkey primary key (user_id, id),
    constraint tasks_project_id_fkey foreign key (user_id, project_id)
    references app_data.projects (user_id, id) on delete cascade,
    constraint tasks_parent_id_fkey foreign key (user_id, parent_id)
    references app_data.tasks (user_id, id) on delete cascade,
    constraint tasks_title_is_not_blank check (
        btrim(left(title, 500), E' \t\n\r') <> ''
    ),
    constraint tasks_title_is_short check (
        octet_length(title) <= 2000 and char_length(title) <= 500
    ),
    constraint tasks_description_is_bounded check (
        octet_length(description) <= 80000 and char_length(description) <= 20000
    ),
    constraint tasks_status_is_known check (
        status in ('todo', 'in_progress', 'review', 'done', 'blocked')
    ),
    constraint tasks_priority_is_known check (priority between 1 and 4),
    constraint tasks_due_date_is_not_before_start check (due_date >= start_date),
    constraint tasks_due_time_has_date check (due_time is null or due_date is not null),
    constraint tasks_due_tz_has_time check (due_tz is null or due_time is not null),
    constraint tasks_due_tz_is_known check (app.is_time_zone(due_tz)),
    constraint tasks_due_date_is_in_range check (
        due_date between '1900-01-01' and '2999-12-31'
    ),
    constraint tasks_start_date_is_in_range check (
        start_date between '1900-01-01' and '2999-12-31'
    ),
    constraint tasks_position_has_form check (
        octet_length(position) <= 800
        and char_length(position) <= 200
        and position ~ '^[0-9A-Za-z]*[1-9A-Za-z]$'
    ),
    constraint tasks_assignee_is_in_space check (assignee_id = user_id),
    constraint tasks_done_is_dated check (
        (status = 'done') = (completed_at is not null)
    ),
    constraint tasks_deletion_is_dated check (
        (deletion_id is null) = (deleted_at is null)
    )
)
-- A tenth of each page is left for edits, which then stay on it (HOT).
with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

alter table app_data.tasks enable row level security;
alter table app_data.tasks force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.tasks
alter column created_by set statistics 0,
alter column assignee_id set statistics 0,
alter column deletion_id set statistics 0,
alter column created_at set statistics 0,
alter column updated_at set statistics 0,
alter column due_at set statistics 0,
alter column due_time set statistics 0,
alter column version set statistics 0,
alter column space_number set statistics 0,
alter column position set statistics 0,
alter column title set statistics 0,
alter column description set statistics 0,
alter column due_tz set statistics 0,
alter column id set statistics 1,
alter column project_id set statistics 1,
alter column parent_id set statistics 1,
alter column completed_at set statistics 1,
alter column deleted_at set statistics 1,
alter column due_date set statistics 1,
alter column start_date set statistics 1;

-- A project's page in manual order, done tasks included; serves tasks_project_id_fkey.
create index tasks_project_idx on app_data.tasks (user_id, project_id, position, id)
where deleted_at is null;

-- The subtasks of a task; serves tasks_parent_id_fkey.
create index tasks_subtasks_idx on app_data.tasks (user_id, parent_id)
where parent_id is not null;

-- The agenda: what is open and due, by day and time, across projects.
create index tasks_agenda_idx on app_data.tasks (user_id, due_date, due_time, id)
where due_date is not null and not completed and deleted_at is null;

-- Open work of one status, newest first, across projects: the id is the time of birth.
create index tasks_status_idx on app_data.tasks (user_id, status, id)
where not completed and deleted_at is null;

-- Open work of one priority, newest first, across projects.
create index tasks_priority_idx on app_data.tasks (user_id, priority, id)
where not completed and deleted_at is null;

-- "What did I do lately", and the numbers per day.
create index tasks_completed_idx on app_data.tasks (user_id, completed_at, id)
where completed and deleted_at is null;

-- The words of titles, with the space and the time of each: see app.search_tasks. What
-- is new waits in a list that every search reads, so it is kept short.
create index tasks_search_idx on app_data.tasks
using gin (app.search_vector(space_number, id, title))
with (gin_pending_list_limit = 64);
alter index app_data.tasks_search_idx alter column 1 set statistics 0;

-- The trash, newest first, and its emptying.
create index tasks_trash_idx on app_data.tasks (user_id, deleted_at, id)
where deleted_at is not null;

comment on table app_data.tasks is
'@omit delete
Something to do, in one project of one person''s space, perhaps below another task.';
comment on column app_data.tasks.user_id is
'The space: whose task it is.';
comment on column app_data.tasks.id is
'Identifier within the space; UUID version 7, made by the client or here.';
comment on column app_data.tasks.project_id is
'The project it stands in.';
comment on column app_data.tasks.parent_id is
'The task it is a part of, in the same project; null at the top.';
comment on column app_data.tasks.title is
'What is to be done, in one line.';
comment on column app_data.tasks.description is
'Notes on it, as the person wrote them.';
comment on column app_data.tasks.status is
'Where the work stands; which change is allowed: see app.is_task_transition.';
comment on column app_data.tasks.completed is
'Whether the status is done.';
comment on column app_data.tasks.priority is
'Rank: 1 is the most urgent, 4 is none.';
comment on column app_data.tasks.start_date is
'First day on which it can be worked on.';
comment on column app_data.tasks.due_date is
'Day by which it is to be done.';
comment on column app_data.tasks.due_time is
'Time of that day; null means all day.';
comment on column app_data.tasks.due_tz is
'IANA zone that pins day and time to an instant; null means wherever the person is.';
comment on column app_data.tasks.due_at is
'The instant it is due, where day, time and zone are given.';
comment on column app_data.tasks.position is
'Place in the project: sorts as bytes; see app.position_between.';
comment on column app_data.tasks.assignee_id is
'Who is to do it.';
comment on column app_data.tasks.created_by is
'Who made it.';
comment on column app_data.tasks.completed_at is
'When it was done; set and cleared with the status.';
comment on column app_data.tasks.deleted_at is
'When it went to the trash; null while it is not there.';
comment on column app_data.tasks.deletion_id is
'The act of deletion: rows that went together come back together.';
comment on column app_data.tasks.version is
'Counted up by every change of the row.';
comment on column app_data.tasks.created_at is
'When the row was made.';
comment on column app_data.tasks.updated_at is
'When the row was changed last.';
comment on column app_data.tasks.space_number is
'@omit
Number of the space: what the policies ask first.';
comment on index app_data.tasks_project_idx is
'Lists the tasks of a project in manual order.';
comment on index app_data.tasks_subtasks_idx is
'Finds the subtasks of a task.';
comment on index app_data.tasks_agenda_idx is
'Lists open tasks by due day and time across projects: today, upcoming, overdue.';
comment on index app_data.tasks_status_idx is
'Lists open tasks of one status, newest first.';
comment on index app_data.tasks_priority_idx is
'Lists open tasks of one priority, newest first.';
comment on index app_data.tasks_completed_idx is
'Lists done tasks by the moment of completion.';
comment on index app_data.tasks_search_idx is
'Finds the tasks of a space by words of their titles, newest first.';
comment on index app_data.tasks_trash_idx is
'Lists the trash, newest first.';
