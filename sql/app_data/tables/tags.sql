-- A word that a person puts on tasks, across projects. Unique as people read it: case,
-- full width, invisible characters and outer blanks make no second tag.

create table app_data.tags (
    user_id uuid not null default app.current_user_id(),
    id uuid not null default app.uuid_v7(),
    name text not null,
    name_key text not null generated always as (app.fold_name(name)) stored,
    colour text not null default '#808080',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint tags_pkey primary key (user_id, id),
    constraint tags_name_key_key unique (user_id, name_key),
    constraint tags_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade,
    constraint tags_name_is_short check (
        octet_length(name) <= 240 and char_length(name) <= 60
    ),
    constraint tags_colour_is_hexadecimal check (left(colour, 8) ~ '^#[0-9a-f]{6}$'),
    -- The signs that leave nothing of the key: blanks, soft hyphen, zero-width and
    -- direction marks. Said of the name itself, so that a client can check it, too.
    constraint tags_name_is_visible check (
        left(name, 60)
        ~ '[^ \t\n\r\u00a0\u00ad\u180e\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff]'
    )
);

alter table app_data.tags enable row level security;
alter table app_data.tags force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.tags
alter column name set statistics 0,
alter column name_key set statistics 0,
alter column colour set statistics 0,
alter column version set statistics 0,
alter column created_at set statistics 0,
alter column updated_at set statistics 0,
alter column space_number set statistics 0,
alter column id set statistics 1;

comment on table app_data.tags is
'A word that a person puts on tasks, across projects.';
comment on column app_data.tags.user_id is
'The space: whose tag it is.';
comment on column app_data.tags.id is
'Identifier within the space; UUID version 7, made by the client or here.';
comment on column app_data.tags.name is
'Name as the person wrote it.';
comment on column app_data.tags.name_key is
'What makes two names the same tag: see app.fold_name.';
comment on column app_data.tags.colour is
'Colour as #rrggbb, lower case.';
comment on column app_data.tags.version is
'Counted up by every change of the row.';
comment on column app_data.tags.created_at is
'When the tag was made.';
comment on column app_data.tags.updated_at is
'When the row was changed last.';
comment on column app_data.tags.space_number is
'@omit
Number of the space: what the policies ask first.';
comment on index app_data.tags_name_key_key is
'Finds a tag by its name, and lists a person''s tags in order of name.';
