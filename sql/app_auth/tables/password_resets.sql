-- Links to set a new password: one row for each request, whether or not the address has
-- an account. A request never sees an account; who follows the link does.
--
-- The secret of the link is never here, only its SHA-256, as in sign_ups.

create table app_auth.password_resets (
    token_hash bytea not null,
    email text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '1 hour',
    constraint password_resets_pkey primary key (token_hash),
    constraint password_resets_token_hash_is_sha256 check (
        octet_length(token_hash) = 32
    ),
    constraint password_resets_expires_later check (expires_at > created_at),
    constraint password_resets_email_is_short check (
        octet_length(email) <= 1016 and char_length(email) <= 254
    )
);

alter table app_auth.password_resets enable row level security;
alter table app_auth.password_resets force row level security;

-- No samples: row estimates would tell what is in them.
alter table app_auth.password_resets
alter column token_hash set statistics 0,
alter column email set statistics 0;

-- Whoever sets a new password ends every other link of the address.
create index password_resets_email_idx on app_auth.password_resets (lower(email));
alter index app_auth.password_resets_email_idx alter column 1 set statistics 0;
-- Each request removes two that have expired.
create index password_resets_expires_at_idx on app_auth.password_resets (expires_at);

comment on table app_auth.password_resets is
'Links to set a new password, for any address that was named.';
comment on column app_auth.password_resets.token_hash is
'SHA-256 of the secret in the link.';
comment on column app_auth.password_resets.email is
'Address that the link was sent to.';
comment on column app_auth.password_resets.created_at is
'When it was asked for.';
comment on column app_auth.password_resets.expires_at is
'From this moment on the link is worth nothing, and the row may be removed.';
comment on index app_auth.password_resets_email_idx is
'Finds the other links of an address whose password is set.';
comment on index app_auth.password_resets_expires_at_idx is
'Finds links that have expired.';
