-- Secrets that continue a log-in, each once. Those that were used stay until they
-- expire: one that is shown again tells that it was copied.
--
-- The secret itself is never here, only its SHA-256, as in sign_ups.

create table app_auth.refresh_tokens (
    token_hash bytea not null,
    user_id uuid not null,
    session_id uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '30 days',
    successor_hash bytea,
    constraint refresh_tokens_pkey primary key (token_hash),
    constraint refresh_tokens_session_id_fkey foreign key (user_id, session_id)
    references app_auth.sessions (user_id, id) on delete cascade,
    constraint refresh_tokens_token_hash_is_sha256 check (
        octet_length(token_hash) = 32
    ),
    constraint refresh_tokens_successor_hash_is_sha256 check (
        octet_length(successor_hash) = 32
    ),
    constraint refresh_tokens_expires_later check (expires_at > created_at)
);

alter table app_auth.refresh_tokens enable row level security;
alter table app_auth.refresh_tokens force row level security;

-- No samples: row estimates would tell what is in them.
alter table app_auth.refresh_tokens
alter column token_hash set statistics 0,
alter column successor_hash set statistics 0;

-- A log-in that ends takes its tokens along; one that goes on removes the expired.
create index refresh_tokens_session_idx
on app_auth.refresh_tokens (user_id, session_id, expires_at);

comment on table app_auth.refresh_tokens is
'Secrets that continue a log-in, each once.';
comment on column app_auth.refresh_tokens.token_hash is
'SHA-256 of the secret.';
comment on column app_auth.refresh_tokens.user_id is
'Whose token it is.';
comment on column app_auth.refresh_tokens.session_id is
'The log-in that it continues.';
comment on column app_auth.refresh_tokens.created_at is
'When it was handed out.';
comment on column app_auth.refresh_tokens.expires_at is
'From this moment on it is worth nothing, and the row may be removed.';
comment on column app_auth.refresh_tokens.successor_hash is
'SHA-256 of the secret that it was traded for; null while it is good.';
comment on index app_auth.refresh_tokens_session_idx is
'Finds the tokens of a log-in that ends, and those of one that have expired.';
