-- A list of tasks. Every person has one that is always there, the inbox: the project
-- whose id is the person's own id.
--
-- Written by the person (todo_user); the inbox is made at sign-up (todo_registrar).

create table app_data.projects (
    user_id uuid not null default app.current_user_id(),
    id uuid not null default app.uuid_v7(),
    name text not null,
    colour text not null default '#808080',
    position text collate "C" not null default app.position_now(),
    is_favourite boolean not null default false,
    is_inbox boolean not null generated always as (id = user_id) stored,
    archived_at timestamptz,
    deleted_at timestamptz,
    deletion_id uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint projects_pkey primary key (user_id, id),
    constraint projects_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade,
    constraint projects_name_is_not_blank check (
        btrim(left(name, 120), E' \t\n\r') <> ''
    ),
    constraint projects_name_is_short check (
        octet_length(name) <= 480 and char_length(name) <= 120
    ),
    constraint projects_colour_is_hexadecimal check (
        left(colour, 8) ~ '^#[0-9a-f]{6}$'
    ),
    constraint projects_position_has_form check (
        octet_length(position) <= 800
        and char_length(position) <= 200
        and position ~ '^[0-9A-Za-z]*[1-9A-Za-z]$'
    ),
    constraint projects_inbox_stays check (
        id <> user_id or (archived_at is null and deleted_at is null)
    ),
    constraint projects_deletion_is_dated check (
        (deletion_id is null) = (deleted_at is null)
    )
);

alter table app_data.projects enable row level security;
alter table app_data.projects force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.projects
alter column name set statistics 0,
alter column colour set statistics 0,
alter column position set statistics 0,
alter column deletion_id set statistics 0,
alter column version set statistics 0,
alter column created_at set statistics 0,
alter column updated_at set statistics 0,
alter column space_number set statistics 0,
alter column id set statistics 1,
alter column archived_at set statistics 1,
alter column deleted_at set statistics 1;

-- The sidebar: a person's projects in their order.
create index projects_sidebar_idx on app_data.projects (user_id, position, id)
where deleted_at is null;

comment on table app_data.projects is
'@omit delete
A list of tasks. The project whose id is the person''s own id is the inbox.';
comment on column app_data.projects.user_id is
'The space: whose project it is.';
comment on column app_data.projects.id is
'Identifier within the space; UUID version 7, made by the client or here.';
comment on column app_data.projects.name is
'Name as the person wrote it.';
comment on column app_data.projects.colour is
'Colour as #rrggbb, lower case.';
comment on column app_data.projects.position is
'Place in the sidebar: sorts as bytes; see app.position_between.';
comment on column app_data.projects.is_favourite is
'Whether the project stands among the favourites.';
comment on column app_data.projects.is_inbox is
'Whether this is the inbox, which cannot be archived or deleted.';
comment on column app_data.projects.archived_at is
'When the project was put away; null while it is in use.';
comment on column app_data.projects.deleted_at is
'When the project went to the trash; null while it is not there.';
comment on column app_data.projects.deletion_id is
'The act of deletion: rows that went together come back together.';
comment on column app_data.projects.version is
'Counted up by every change of the row.';
comment on column app_data.projects.created_at is
'When the project was made.';
comment on column app_data.projects.updated_at is
'When the row was changed last.';
comment on column app_data.projects.space_number is
'@omit
Number of the space: what the policies ask first.';
comment on index app_data.projects_sidebar_idx is
'Lists a person''s projects in their order, without the trash.';
