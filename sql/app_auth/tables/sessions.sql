-- Log-ins: one row for each device that a person is logged in on. A log-in that has
-- ended is not there any more, and with it go all its refresh tokens.
--
-- Its row is what requests of one log-in stand in line for.

create table app_auth.sessions (
    user_id uuid not null,
    id uuid not null default app.uuid_v7(),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '90 days',
    constraint sessions_pkey primary key (user_id, id),
    constraint sessions_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade,
    constraint sessions_expires_later check (expires_at > created_at)
);

alter table app_auth.sessions enable row level security;
alter table app_auth.sessions force row level security;

-- Each log-in removes two that have expired.
create index sessions_expires_at_idx on app_auth.sessions (expires_at);

comment on table app_auth.sessions is
'Log-ins that have not ended, each with the family of its refresh tokens.';
comment on column app_auth.sessions.user_id is
'Who is logged in.';
comment on column app_auth.sessions.id is
'Identifier within the space.';
comment on column app_auth.sessions.created_at is
'When the password was given.';
comment on column app_auth.sessions.expires_at is
'When the password must be given again, however often the log-in was continued.';
comment on index app_auth.sessions_expires_at_idx is
'Finds log-ins that are too old.';
