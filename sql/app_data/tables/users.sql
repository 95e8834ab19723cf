-- A person, and at the same time the space that the person's rows belong to.
--
-- Read and renamed by the person (todo_user), made and let in by the sign-up and
-- log-in functions (todo_registrar). The password hash never leaves those functions.

create table app_data.users (
    id uuid not null default app.uuid_v7(),
    email text not null,
    first_name text not null default '',
    last_name text not null default '',
    password_hash text not null,
    is_active boolean not null default true,
    time_zone text not null default 'UTC',
    email_verified_at timestamptz,
    last_login_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    tokens_valid_since timestamptz,
    space_number integer not null
    generated always as (app.space_number(id)) stored,
    constraint users_pkey primary key (id),
    constraint users_email_has_form check (
        left(email, 254) ~ '^[^@ \t\n\r]+@[^@ \t\n\r]+$'
    ),
    constraint users_email_is_short check (
        octet_length(email) <= 1016 and char_length(email) <= 254
    ),
    constraint users_first_name_is_short check (
        octet_length(first_name) <= 400 and char_length(first_name) <= 100
    ),
    constraint users_last_name_is_short check (
        octet_length(last_name) <= 400 and char_length(last_name) <= 100
    ),
    constraint users_password_hash_is_argon2id check (
        left(password_hash, 98) ~ '^\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$' -- noqa: LT05
    ),
    constraint users_time_zone_is_known check (app.is_time_zone(time_zone))
);

alter table app_data.users enable row level security;
alter table app_data.users force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.users
alter column id set statistics 0,
alter column email set statistics 0,
alter column first_name set statistics 0,
alter column last_name set statistics 0,
alter column password_hash set statistics 0,
alter column time_zone set statistics 0,
alter column email_verified_at set statistics 0,
alter column last_login_at set statistics 0,
alter column version set statistics 0,
alter column created_at set statistics 0,
alter column updated_at set statistics 0,
alter column tokens_valid_since set statistics 0,
alter column space_number set statistics 0;

-- Log-in and sign-up: one address is one person, whatever its case.
create unique index users_email_key on app_data.users (lower(email));
alter index app_data.users_email_key alter column 1 set statistics 0;

comment on table app_data.users is
'A person who uses the application, and the space that the person''s rows belong to.';
comment on column app_data.users.id is
'Identifier of the person and of the space; UUID version 7.';
comment on column app_data.users.email is
'Address as the person wrote it; unique without regard to case.';
comment on column app_data.users.first_name is
'Given name, as the person wants to be called.';
comment on column app_data.users.last_name is
'Family name; may be empty.';
comment on column app_data.users.password_hash is
'Argon2id hash in PHC form, with the parameters of RFC 9106 (64 MiB, 3 passes, 4 lanes).';
comment on column app_data.users.is_active is
'Whether the person may log in.';
comment on column app_data.users.time_zone is
'IANA name of the zone in which the person''s days begin and end.';
comment on column app_data.users.email_verified_at is
'When the address was shown to be the person''s; null until then, and no log-in.';
comment on column app_data.users.last_login_at is
'When the person logged in last.';
comment on column app_data.users.version is
'Counted up by every change of the row.';
comment on column app_data.users.created_at is
'When the person signed up.';
comment on column app_data.users.updated_at is
'When the row was changed last.';
comment on column app_data.users.tokens_valid_since is
'Tokens and claims that were signed before are refused; null while all count.';
comment on column app_data.users.space_number is
'@omit
Number of the space: what the policies ask first.';
comment on index app_data.users_email_key is
'Finds the person of an address at sign-up, log-in and password reset.';
