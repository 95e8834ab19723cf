-- Secrets that were handed out once: a link in a mail, a refresh token of a device.
--
-- Only the sign-up and log-in functions (todo_registrar) read and write them. The
-- secret itself is never here, only its SHA-256: whoever reads a backup holds no token.
-- The secret has 256 random bits, so a fast hash is enough, and two of them never meet.

create table app.auth_tokens (
    user_id uuid not null,
    id uuid not null default app.uuid_v7(),
    purpose text not null,
    token_hash bytea not null,
    family_id uuid not null default app.uuid_v7(),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint auth_tokens_pkey primary key (user_id, id),
    constraint auth_tokens_user_id_fkey foreign key (user_id)
    references app.users (id) on delete cascade,
    constraint auth_tokens_purpose_is_known check (
        purpose in ('verify_email', 'reset_password', 'refresh')
    ),
    constraint auth_tokens_token_hash_is_sha256 check (octet_length(token_hash) = 32),
    constraint auth_tokens_expires_later check (expires_at > created_at)
);

alter table app.auth_tokens enable row level security;
alter table app.auth_tokens force row level security;

-- The planner keeps no samples of what people wrote: EXPLAIN would show them.
alter table app.auth_tokens
alter column token_hash set statistics 0;

-- The row of a token that is shown. Not unique: a unique key that is not led by the
-- space would answer the question whether a hash exists.
create index auth_tokens_token_hash_idx on app.auth_tokens (token_hash);

comment on table app.auth_tokens is
'Secrets handed out once: e-mail verification, password reset, refresh.';
comment on column app.auth_tokens.user_id is
'Whose token it is.';
comment on column app.auth_tokens.id is
'Identifier within the space.';
comment on column app.auth_tokens.purpose is
'What it is good for.';
comment on column app.auth_tokens.token_hash is
'SHA-256 of the secret.';
comment on column app.auth_tokens.family_id is
'The log-in that a refresh token descends from: reuse of one ends all.';
comment on column app.auth_tokens.created_at is
'When it was handed out.';
comment on column app.auth_tokens.expires_at is
'From this moment on it is worth nothing.';
comment on column app.auth_tokens.used_at is
'When it was used or revoked; null while it is good.';
comment on index app.auth_tokens_token_hash_idx is
'Finds the row of a token that is shown.';
