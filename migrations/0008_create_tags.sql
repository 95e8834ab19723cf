-- Tags, and which task carries which.
-- depends: 0007_create_tasks

set local lock_timeout = '2s';
set local role todo_owner;

-- A word that a person puts on tasks, across projects. Unique as people read it: case,
-- full width, invisible characters and outer blanks make no second tag.

create table app.tags (
    user_id uuid not null,
    id uuid not null default app.uuid_v7(),
    name text not null,
    name_key text not null generated always as (app.fold_name(name)) stored,
    colour text not null default '#808080',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tags_pkey primary key (user_id, id),
    constraint tags_name_key_key unique (user_id, name_key),
    constraint tags_user_id_fkey foreign key (user_id)
    references app.users (id) on delete cascade,
    constraint tags_name_is_not_blank check (btrim(name, E' \t\n\r') <> ''),
    constraint tags_name_is_visible check (name_key <> ''),
    constraint tags_name_is_short check (char_length(name) <= 60),
    constraint tags_colour_is_hexadecimal check (colour ~ '^#[0-9a-f]{6}$')
);

alter table app.tags enable row level security;
alter table app.tags force row level security;

comment on table app.tags is
'A word that a person puts on tasks, across projects.';
comment on column app.tags.user_id is
'The space: whose tag it is.';
comment on column app.tags.id is
'Identifier within the space; UUID version 7, made by the client or here.';
comment on column app.tags.name is
'Name as the person wrote it.';
comment on column app.tags.name_key is
'What makes two names the same tag: see app.fold_name.';
comment on column app.tags.colour is
'Colour as #rrggbb, lower case.';
comment on column app.tags.version is
'Counted up by every change of the row.';
comment on column app.tags.created_at is
'When the tag was made.';
comment on column app.tags.updated_at is
'When the row was changed last.';
comment on index app.tags_name_key_key is
'Finds a tag by its name, and lists a person''s tags in order of name.';

-- A change of a tag counts and dates itself.

create trigger tags_900_touch
before update on app.tags
for each row execute function app_private.touch();

comment on trigger tags_900_touch on app.tags is
'Counts the version and dates the change.';

-- A person's tags are the person's alone. A tag is removed at once, from its tasks too.

create policy tags_select_user on app.tags
for select to todo_user
using (user_id = app.current_user_id());

create policy tags_insert_user on app.tags
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy tags_update_user on app.tags
for update to todo_user
using (user_id = app.current_user_id())
with check (user_id = (select app.current_user_id()));

create policy tags_delete_user on app.tags
for delete to todo_user
using (user_id = app.current_user_id());

grant select, delete on app.tags to todo_user;
grant insert (user_id, id, name, colour) on app.tags to todo_user;
grant update (name, colour) on app.tags to todo_user;

-- Which tag is on which task. Both belong to one space: the key has no room for two.

create table app.task_tags (
    user_id uuid not null,
    task_id uuid not null,
    tag_id uuid not null,
    created_at timestamptz not null default now(),
    constraint task_tags_pkey primary key (user_id, task_id, tag_id),
    constraint task_tags_task_id_fkey foreign key (user_id, task_id)
    references app.tasks (user_id, id) on delete cascade,
    constraint task_tags_tag_id_fkey foreign key (user_id, tag_id)
    references app.tags (user_id, id) on delete cascade
);

alter table app.task_tags enable row level security;
alter table app.task_tags force row level security;

-- The tasks of a tag; serves task_tags_tag_id_fkey.
create index task_tags_tag_idx on app.task_tags (user_id, tag_id, task_id);

comment on table app.task_tags is
'A tag on a task.';
comment on column app.task_tags.user_id is
'The space of both.';
comment on column app.task_tags.task_id is
'The task.';
comment on column app.task_tags.tag_id is
'The tag.';
comment on column app.task_tags.created_at is
'When the tag was put on the task.';
comment on index app.task_tags_tag_idx is
'Lists the tasks of a tag.';

-- Tags are put on and taken off; there is nothing to update.

create policy task_tags_select_user on app.task_tags
for select to todo_user
using (user_id = app.current_user_id());

create policy task_tags_insert_user on app.task_tags
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy task_tags_delete_user on app.task_tags
for delete to todo_user
using (user_id = app.current_user_id());

grant select, delete on app.task_tags to todo_user;
grant insert (user_id, task_id, tag_id) on app.task_tags to todo_user;

reset role;
