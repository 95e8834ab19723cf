-- Sign-ups whose address is not verified yet: one row for each attempt, whoever made it
-- and whether or not the address has an account. An attempt never sees an account, and
-- an account never hears of an attempt until somebody follows its link.
--
-- The secret of the link is never here, only its SHA-256: whoever reads a backup holds
-- no link. It has 256 random bits, so a fast hash is enough, and two never meet.

create table app_auth.sign_ups (
    token_hash bytea not null,
    email text not null,
    first_name text not null,
    last_name text not null,
    password_hash text not null,
    time_zone text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '2 days',
    constraint sign_ups_pkey primary key (token_hash),
    constraint sign_ups_token_hash_is_sha256 check (octet_length(token_hash) = 32),
    constraint sign_ups_expires_later check (expires_at > created_at),
    -- What app_data.users will ask of them; tests/pgtap compares.
    constraint sign_ups_email_has_form check (
        left(email, 254) ~ '^[^@ \t\n\r]+@[^@ \t\n\r]+$'
    ),
    constraint sign_ups_email_is_short check (
        octet_length(email) <= 1016 and char_length(email) <= 254
    ),
    constraint sign_ups_first_name_is_short check (
        octet_length(first_name) <= 400 and char_length(first_name) <= 100
    ),
    constraint sign_ups_last_name_is_short check (
        octet_length(last_name) <= 400 and char_length(last_name) <= 100
    ),
    constraint sign_ups_password_hash_is_argon2id check (
        left(password_hash, 98) ~ '^\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$' -- noqa: LT05
    ),
    constraint sign_ups_time_zone_is_known check (app.is_time_zone(time_zone))
);

alter table app_auth.sign_ups enable row level security;
alter table app_auth.sign_ups force row level security;

-- No samples: row estimates would tell what is in them.
alter table app_auth.sign_ups
alter column token_hash set statistics 0,
alter column email set statistics 0,
alter column first_name set statistics 0,
alter column last_name set statistics 0,
alter column password_hash set statistics 0,
alter column time_zone set statistics 0;

-- Whoever verifies an address ends every other attempt on it.
create index sign_ups_email_idx on app_auth.sign_ups (lower(email));
alter index app_auth.sign_ups_email_idx alter column 1 set statistics 0;
-- Each sign-up removes two that have expired.
create index sign_ups_expires_at_idx on app_auth.sign_ups (expires_at);

comment on table app_auth.sign_ups is
'Attempts to sign up that wait for their address to be verified.';
comment on column app_auth.sign_ups.token_hash is
'SHA-256 of the secret in the link of this attempt.';
comment on column app_auth.sign_ups.email is
'Address that the link was sent to.';
comment on column app_auth.sign_ups.first_name is
'Given name of the account that this attempt would make.';
comment on column app_auth.sign_ups.last_name is
'Family name of the account that this attempt would make.';
comment on column app_auth.sign_ups.password_hash is
'Argon2id hash of the password of this attempt; the link opens nothing without it.';
comment on column app_auth.sign_ups.time_zone is
'IANA name of the zone of the account that this attempt would make.';
comment on column app_auth.sign_ups.created_at is
'When the attempt was made.';
comment on column app_auth.sign_ups.expires_at is
'From this moment on the link is worth nothing, and the row may be removed.';
comment on index app_auth.sign_ups_email_idx is
'Finds the other attempts on an address that is verified.';
comment on index app_auth.sign_ups_expires_at_idx is
'Finds attempts that have expired.';
