-- How many passwords were tried on an address lately, whether or not it has an account.
--
-- One moment a row stands for the count: each try moves free_at six minutes on, and an
-- address whose free_at is more than 54 minutes away is blocked. So there are ten tries
-- at once, then one in six minutes, 240 a day. A row whose free_at has passed means
-- nothing and is removed, so that there are never more rows than tries in an hour.

create table app_auth.login_attempts (
    email_hash bytea not null,
    free_at timestamptz not null,
    is_blocked boolean not null default false,
    constraint login_attempts_pkey primary key (email_hash),
    constraint login_attempts_email_hash_is_sha256 check (
        octet_length(email_hash) = 32
    )
);

alter table app_auth.login_attempts enable row level security;
alter table app_auth.login_attempts force row level security;

-- No samples: row estimates would tell what is in them.
alter table app_auth.login_attempts alter column email_hash set statistics 0;

-- Each look at an address removes two rows that mean nothing any more.
create index login_attempts_free_at_idx on app_auth.login_attempts (free_at);

comment on table app_auth.login_attempts is
'How many passwords were tried on an address lately.';
comment on column app_auth.login_attempts.email_hash is
'SHA-256 of the address in lower case; addresses that nobody has are counted as well.';
comment on column app_auth.login_attempts.free_at is
'When nothing is left of the count, if no further try is made.';
comment on column app_auth.login_attempts.is_blocked is
'Whether the last try came too early and was answered with a decoy.';
comment on index app_auth.login_attempts_free_at_idx is
'Finds rows that mean nothing any more.';
