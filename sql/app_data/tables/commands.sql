-- Which commands were carried out: a client that lost the answer asks again with the
-- same id, and the work is done once (RFC 9110, section 9.2.2). The row is written by
-- the transaction that does the work: it stands exactly if the work does.

create table app_data.commands (
    user_id uuid not null default app.current_user_id(),
    id uuid not null,
    created_at timestamptz not null default now(),
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint commands_pkey primary key (user_id, id),
    constraint commands_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade
);

alter table app_data.commands enable row level security;
alter table app_data.commands force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.commands
alter column user_id set statistics 0,
alter column id set statistics 0,
alter column created_at set statistics 0,
alter column space_number set statistics 0;

comment on table app_data.commands is
'A command that was carried out, so that it is not carried out twice.';
comment on column app_data.commands.user_id is
'Whose command it was.';
comment on column app_data.commands.id is
'Identifier that the client gave it.';
comment on column app_data.commands.created_at is
'When it was carried out.';
comment on column app_data.commands.space_number is
'@omit
Number of the space: what the policies ask first.';
