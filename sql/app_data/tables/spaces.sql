-- One row per person: the lock and the counter of everything in that space.
--
-- Whatever changes how many tasks there are, or where they stand, locks this row
-- first, so that two changes of one space come one after the other: counts stay exact,
-- trees stay trees, and what goes to the trash goes whole. Spaces do not wait for each
-- other.
--
-- Made with the person; written by triggers alone (todo_integrity).

create table app_data.spaces (
    user_id uuid not null,
    task_count integer not null default 0,
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint spaces_pkey primary key (user_id),
    constraint spaces_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade,
    constraint spaces_task_count_is_not_negative check (task_count >= 0)
)
-- Rewritten in place by every write: room for it on the page (HOT).
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

alter table app_data.spaces enable row level security;
alter table app_data.spaces force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.spaces
alter column user_id set statistics 0,
alter column task_count set statistics 0,
alter column space_number set statistics 0;

comment on table app_data.spaces is
'The space of one person: the lock of its writes and how much is in it.';
comment on column app_data.spaces.user_id is
'The person.';
comment on column app_data.spaces.task_count is
'How many tasks the space holds, those in the trash included.';
comment on column app_data.spaces.space_number is
'@omit
Number of the space: what the policies ask first.';
