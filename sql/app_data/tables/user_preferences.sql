-- How the application looks and behaves for one person: one row per person, made at
-- sign-up. What the database itself computes with (time_zone) is in app_data.users.

create table app_data.user_preferences (
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
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint user_preferences_pkey primary key (user_id),
    constraint user_preferences_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade,
    constraint user_preferences_theme_is_known check (
        theme in ('system', 'light', 'dark')
    ),
    constraint user_preferences_language_is_a_tag check (
        left(language, 31) ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$'
    ),
    constraint user_preferences_week_starts_on_is_a_weekday check (
        week_starts_on between 1 and 7
    ),
    constraint user_preferences_profile_visibility_is_known check (
        profile_visibility in ('private', 'members')
    )
);

alter table app_data.user_preferences enable row level security;
alter table app_data.user_preferences force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.user_preferences
alter column user_id set statistics 0,
alter column language set statistics 0,
alter column version set statistics 0,
alter column created_at set statistics 0,
alter column updated_at set statistics 0,
alter column space_number set statistics 0;

comment on table app_data.user_preferences is
'How the application looks and behaves for one person.';
comment on column app_data.user_preferences.user_id is
'The person.';
comment on column app_data.user_preferences.theme is
'Colours of the interface: as the system has them, light or dark.';
comment on column app_data.user_preferences.language is
'Language of the interface as a BCP 47 tag, such as en or pt-BR.';
comment on column app_data.user_preferences.week_starts_on is
'First day of the week as in ISO 8601: 1 is Monday, 7 is Sunday.';
comment on column app_data.user_preferences.notifies_by_email is
'Whether reminders are sent by e-mail.';
comment on column app_data.user_preferences.notifies_by_push is
'Whether reminders are sent to the person''s devices.';
comment on column app_data.user_preferences.profile_visibility is
'Who sees the person''s name: nobody, or the members of shared projects.';
comment on column app_data.user_preferences.version is
'Counted up by every change of the row.';
comment on column app_data.user_preferences.created_at is
'When the row was made.';
comment on column app_data.user_preferences.updated_at is
'When the row was changed last.';
comment on column app_data.user_preferences.space_number is
'@omit
Number of the space: what the policies ask first.';
