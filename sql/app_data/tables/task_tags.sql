-- Which tag is on which task. Both foreign keys begin with the same user_id, so a tag
-- of one user cannot be put on a task of another.

create table app_data.task_tags (
    user_id uuid not null default app.current_user_id(),
    task_id uuid not null,
    tag_id uuid not null,
    created_at timestamptz not null default now(),
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint task_tags_pkey primary key (user_id, task_id, tag_id)
    include (space_number),
    constraint task_tags_task_id_fkey foreign key (user_id, task_id)
    references app_data.tasks (user_id, id) on delete cascade,
    constraint task_tags_tag_id_fkey foreign key (user_id, tag_id)
    references app_data.tags (user_id, id) on delete cascade
);

alter table app_data.task_tags enable row level security;
alter table app_data.task_tags force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.task_tags
alter column created_at set statistics 0,
alter column space_number set statistics 0,
alter column task_id set statistics 1,
alter column tag_id set statistics 1;

-- Said instead of sampled: five hundred tasks to a tag of a space that holds half of
-- everything. By fewer a tag is read whole and sorted for a page of its newest.
alter table app_data.task_tags alter column tag_id set (n_distinct = -0.002);

-- The tasks of a tag, newest first; serves task_tags_tag_id_fkey. With the number of
-- the space it holds all that the policy asks for, so that the table is not read.
create index task_tags_tag_idx on app_data.task_tags (user_id, tag_id, task_id)
include (space_number);

comment on table app_data.task_tags is
'A tag on a task.';
comment on column app_data.task_tags.user_id is
'The space of both.';
comment on column app_data.task_tags.task_id is
'The task.';
comment on column app_data.task_tags.tag_id is
'The tag.';
comment on column app_data.task_tags.created_at is
'When the tag was put on the task.';
comment on column app_data.task_tags.space_number is
'@omit
Number of the space: what the policies ask first.';
comment on index app_data.task_tags_tag_idx is
'Lists the tasks of a tag.';
