-- People and their preferences.
-- depends: 0004_create_identity

set local lock_timeout = '2s';
set local role todo_owner;

-- A person, and at the same time the space that the person's rows belong to.
--
-- Read and renamed by the person (todo_user), made and let in by the sign-up and log-in
-- functions (todo_registrar). The password hash never leaves those functions.

create table app.users (
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
    constraint users_pkey primary key (id),
    constraint users_email_has_form check (email ~ '^[^@ \t\n\r]+@[^@ \t\n\r]+$'),
    constraint users_email_is_short check (char_length(email) <= 254),
    constraint users_first_name_is_short check (char_length(first_name) <= 100),
    constraint users_last_name_is_short check (char_length(last_name) <= 100),
    constraint users_password_hash_is_argon2id check (
        password_hash ~ '^\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$' -- noqa: LT05
    ),
    constraint users_time_zone_is_known check (app.is_time_zone(time_zone))
);

alter table app.users enable row level security;
alter table app.users force row level security;

-- Log-in and sign-up: one address is one person, whatever its case.
create unique index users_email_key on app.users (lower(email));

comment on table app.users is
'A person who uses the application, and the space that the person''s rows belong to.';
comment on column app.users.id is
'Identifier of the person and of the space; UUID version 7.';
comment on column app.users.email is
'Address as the person wrote it; unique without regard to case.';
comment on column app.users.first_name is
'Given name, as the person wants to be called.';
comment on column app.users.last_name is
'Family name; may be empty.';
comment on column app.users.password_hash is
'Argon2id hash in PHC form, with the parameters of RFC 9106 (64 MiB, 3 passes, 4 lanes).';
comment on column app.users.is_active is
'Whether the person may log in.';
comment on column app.users.time_zone is
'IANA name of the zone in which the person''s days begin and end.';
comment on column app.users.email_verified_at is
'When the address was shown to be the person''s; null until then, and no log-in.';
comment on column app.users.last_login_at is
'When the person logged in last.';
comment on column app.users.version is
'Counted up by every change of the row.';
comment on column app.users.created_at is
'When the person signed up.';
comment on column app.users.updated_at is
'When the row was changed last.';
comment on index app.users_email_key is
'Finds the person of an address at sign-up, log-in and password reset.';

-- A change of a person's row counts and dates itself.

create trigger users_900_touch
before update on app.users
for each row execute function app_private.touch();

comment on trigger users_900_touch on app.users is
'Counts the version and dates the change.';

-- A person sees and renames the own row and no other. There is no INSERT and no DELETE:
-- people come by app.sign_up.
--
-- Not granted, on purpose: password_hash (to nobody but the registrar); UPDATE of
-- email, is_active and email_verified_at, which need a proof that only a mailed token
-- gives.

create policy users_select_user on app.users
for select to todo_user
using (id = app.current_user_id());

create policy users_update_user on app.users
for update to todo_user
using (id = app.current_user_id())
with check (id = (select app.current_user_id()));

grant select (
    id, email, first_name, last_name, is_active, time_zone, email_verified_at,
    last_login_at, version, created_at, updated_at
) on app.users to todo_user;
grant update (first_name, last_name, time_zone) on app.users to todo_user;

-- The registrar looks people up by address, before anybody is known.
create policy users_select_registrar on app.users
for select to todo_registrar
using (true);

create policy users_insert_registrar on app.users
for insert to todo_registrar
with check (true);

create policy users_update_registrar on app.users
for update to todo_registrar
using (true)
with check (true);

grant select (
    id, email, first_name, last_name, password_hash, is_active, time_zone,
    email_verified_at
) on app.users to todo_registrar;
grant insert (email, first_name, last_name, password_hash, time_zone)
on app.users to todo_registrar;
grant update (
    first_name, last_name, password_hash, time_zone, email_verified_at, last_login_at
) on app.users to todo_registrar;

-- How the application looks and behaves for one person: one row per person, made at
-- sign-up. What the database itself computes with (time_zone) is in app.users.

create table app.user_preferences (
    user_id uuid not null,
    theme text not null default 'system',
    language text not null default 'en',
    week_starts_on smallint not null default 1,
    notifies_by_email boolean not null default true,
    notifies_by_push boolean not null default false,
    profile_visibility text not null default 'private',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint user_preferences_pkey primary key (user_id),
    constraint user_preferences_user_id_fkey foreign key (user_id)
    references app.users (id) on delete cascade,
    constraint user_preferences_theme_is_known check (
        theme in ('system', 'light', 'dark')
    ),
    constraint user_preferences_language_is_a_tag check (
        language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$'
    ),
    constraint user_preferences_week_starts_on_is_a_weekday check (
        week_starts_on between 1 and 7
    ),
    constraint user_preferences_profile_visibility_is_known check (
        profile_visibility in ('private', 'members')
    )
);

alter table app.user_preferences enable row level security;
alter table app.user_preferences force row level security;

comment on table app.user_preferences is
'How the application looks and behaves for one person.';
comment on column app.user_preferences.user_id is
'The person.';
comment on column app.user_preferences.theme is
'Colours of the interface: as the system has them, light or dark.';
comment on column app.user_preferences.language is
'Language of the interface as a BCP 47 tag, such as en or pt-BR.';
comment on column app.user_preferences.week_starts_on is
'First day of the week as in ISO 8601: 1 is Monday, 7 is Sunday.';
comment on column app.user_preferences.notifies_by_email is
'Whether reminders are sent by e-mail.';
comment on column app.user_preferences.notifies_by_push is
'Whether reminders are sent to the person''s devices.';
comment on column app.user_preferences.profile_visibility is
'Who sees the person''s name: nobody, or the members of shared projects.';
comment on column app.user_preferences.version is
'Counted up by every change of the row.';
comment on column app.user_preferences.created_at is
'When the row was made.';
comment on column app.user_preferences.updated_at is
'When the row was changed last.';

-- A change of preferences counts and dates itself.

create trigger user_preferences_900_touch
before update on app.user_preferences
for each row execute function app_private.touch();

comment on trigger user_preferences_900_touch on app.user_preferences is
'Counts the version and dates the change.';

-- A person reads and changes the own preferences. The row is made at sign-up and goes
-- with the person: no INSERT, no DELETE.

create policy user_preferences_select_user on app.user_preferences
for select to todo_user
using (user_id = app.current_user_id());

create policy user_preferences_update_user on app.user_preferences
for update to todo_user
using (user_id = app.current_user_id())
with check (user_id = (select app.current_user_id()));

grant select on app.user_preferences to todo_user;
grant update (
    theme, language, week_starts_on, notifies_by_email, notifies_by_push,
    profile_visibility
) on app.user_preferences to todo_user;

create policy user_preferences_select_registrar on app.user_preferences
for select to todo_registrar
using (true);

create policy user_preferences_insert_registrar on app.user_preferences
for insert to todo_registrar
with check (true);

grant select (user_id) on app.user_preferences to todo_registrar;
grant insert (user_id) on app.user_preferences to todo_registrar;

reset role;
