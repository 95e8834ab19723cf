-- Signing up and logging in: a narrow door to other people's rows.
-- depends: 0009_create_task_commands

set local lock_timeout = '2s';
set local role todo_owner;

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

-- Only the registrar: no role that the backend can become is granted anything here.

create policy auth_tokens_select_registrar on app.auth_tokens
for select to todo_registrar
using (true);

create policy auth_tokens_insert_registrar on app.auth_tokens
for insert to todo_registrar
with check (true);

create policy auth_tokens_update_registrar on app.auth_tokens
for update to todo_registrar
using (true)
with check (true);

grant select on app.auth_tokens to todo_registrar;
grant insert (user_id, purpose, token_hash, family_id, expires_at)
on app.auth_tokens to todo_registrar;
grant update (used_at) on app.auth_tokens to todo_registrar;

-- The registrar makes its own functions, and may create nothing afterwards.
reset role;
grant create on schema app to todo_registrar;
set local role todo_registrar;

-- Makes an account that waits for its address to be verified. Whether the address was
-- known already does not show: the same statements run, nothing is returned, and the
-- same mail goes out.
--   new address       an account, its preferences and its inbox
--   not yet verified  the newer password stands, so that nobody can park an account of
--                     their own under somebody else's address; older links are void
--   verified          nothing about the account changes; the link in the mail verifies
--                     what is verified
--
-- SECURITY DEFINER, owned by todo_registrar: writes a row before anybody is known. What
-- it may be asked is bound by the request's token (app_private.require_scope).

create function app.sign_up(
    p_email text,
    p_first_name text,
    p_last_name text,
    p_password_hash text,
    p_token_hash bytea,
    p_time_zone text default 'UTC'
)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('sign_up', p_email);

    insert into app.users as u (email, first_name, last_name, password_hash, time_zone)
    values (p_email, p_first_name, p_last_name, p_password_hash, p_time_zone)
    on conflict ((lower(email))) do update set
        first_name = case when u.email_verified_at is null
            then excluded.first_name else u.first_name end,
        last_name = case when u.email_verified_at is null
            then excluded.last_name else u.last_name end,
        password_hash = case when u.email_verified_at is null
            then excluded.password_hash else u.password_hash end,
        time_zone = case when u.email_verified_at is null
            then excluded.time_zone else u.time_zone end
    returning u.id into v_user_id;

    insert into app.user_preferences (user_id) values (v_user_id)
    on conflict (user_id) do nothing;
    insert into app.projects (user_id, id, name) values (v_user_id, v_user_id, 'Inbox')
    on conflict (user_id, id) do nothing;

    update app.auth_tokens set used_at = now()
    where user_id = v_user_id and purpose = 'verify_email' and used_at is null;
    insert into app.auth_tokens (user_id, purpose, token_hash, expires_at)
    values (v_user_id, 'verify_email', p_token_hash, now() + interval '2 days');
end
$$;

comment on function app.sign_up(text, text, text, text, bytea, text) is
'Makes an account that waits for its address to be verified; an address that is known already gives the same answer.';
grant execute on function app.sign_up(text, text, text, text, bytea, text) to todo_auth;

-- Takes the secret of a verification mail. One UPDATE decides: of two requests with the
-- same secret at the same time, the second waits for the first and finds it used.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.verify_email(p_token_hash bytea)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('verify_email', encode(p_token_hash, 'hex'));

    update app.auth_tokens set used_at = now()
    where token_hash = p_token_hash
    and purpose = 'verify_email'
    and used_at is null
    and expires_at > now()
    returning user_id into v_user_id;

    update app.users set email_verified_at = coalesce(email_verified_at, now())
    where id = v_user_id;
    return v_user_id;
end
$$;

comment on function app.verify_email(bytea) is
'Uses up a verification token and returns its user; null when it is unknown, used or expired, without saying which.';
grant execute on function app.verify_email(bytea) to todo_auth;

-- The hash that a password has to match. There is always one: an address that nobody
-- can log in with gets a decoy that costs as much to verify and that no password
-- matches. Who the account belongs to is said by app.log_in, once the password was
-- right.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.find_login(p_email text)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_hash text;
    v_decoy text;
begin
    perform app_private.require_scope('find_login', p_email);
    -- Both are worked out every time, so that the time taken is the same.
    v_decoy := app_private.decoy_hash(p_email);
    select u.password_hash into v_hash
    from app.users as u
    where lower(u.email) = lower(p_email)
    and u.is_active
    and u.email_verified_at is not null;
    return coalesce(v_hash, v_decoy);
end
$$;

comment on function app.find_login(text) is
'The Argon2id hash to verify a password against; a decoy for an address that nobody can log in with.';
grant execute on function app.find_login(text) to todo_auth;

-- Logs in somebody whose password was just verified against app.find_login: the hash is
-- shown again, so that a password changed in between counts. Hands out the first
-- refresh token of a new family.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.log_in(
    p_email text, p_password_hash text, p_refresh_hash bytea
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('log_in', p_email);

    update app.users set last_login_at = now()
    where lower(email) = lower(p_email)
    and password_hash = p_password_hash
    and is_active
    and email_verified_at is not null
    returning id into v_user_id;

    if v_user_id is not null then
        insert into app.auth_tokens (user_id, purpose, token_hash, expires_at)
        values (v_user_id, 'refresh', p_refresh_hash, now() + interval '30 days');
    end if;
    return v_user_id;
end
$$;

comment on function app.log_in(text, text, bytea) is
'Logs in by the hash that was just verified, stores a refresh token and returns the user; null when the hash is not the account''s.';
grant execute on function app.log_in(text, text, bytea) to todo_auth;

-- Trades a refresh token for the next one. Each is good once. One that is shown again
-- was copied: the whole family ends, the thief's copy included. A second request of the
-- same device within ten seconds is no theft; it gets nothing, and nothing ends.
-- (RFC 9700, section 4.14.2)
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.refresh(p_token_hash bytea, p_new_token_hash bytea)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
    v_family_id uuid;
begin
    perform app_private.require_scope('refresh', encode(p_token_hash, 'hex'));

    update app.auth_tokens as t set used_at = now()
    from app.users as u
    where t.token_hash = p_token_hash
    and t.purpose = 'refresh'
    and t.used_at is null
    and t.expires_at > now()
    and u.id = t.user_id
    and u.is_active
    returning t.user_id, t.family_id into v_user_id, v_family_id;

    if found then
        insert into app.auth_tokens (user_id, purpose, token_hash, family_id, expires_at)
        values (
            v_user_id, 'refresh', p_new_token_hash, v_family_id, now() + interval '30 days'
        );
        return v_user_id;
    end if;

    update app.auth_tokens as t set used_at = now()
    from app.auth_tokens as shown
    where shown.token_hash = p_token_hash
    and shown.purpose = 'refresh'
    and shown.used_at < now() - interval '10 seconds'
    and t.user_id = shown.user_id
    and t.family_id = shown.family_id
    and t.used_at is null;
    return null;
end
$$;

comment on function app.refresh(bytea, bytea) is
'Trades a refresh token for a new one and returns its user; null when it is not good; one that is shown twice ends its whole family.';
grant execute on function app.refresh(bytea, bytea) to todo_auth;

-- Ends the log-in that a refresh token belongs to, on this device. An unknown token is
-- no error: the wish is fulfilled already.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.log_out(p_token_hash bytea)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform app_private.require_scope('log_out', encode(p_token_hash, 'hex'));

    update app.auth_tokens as t set used_at = now()
    from app.auth_tokens as shown
    where shown.token_hash = p_token_hash
    and shown.purpose = 'refresh'
    and t.user_id = shown.user_id
    and t.family_id = shown.family_id
    and t.used_at is null;
end
$$;

comment on function app.log_out(bytea) is
'Ends the log-in that a refresh token belongs to.';
grant execute on function app.log_out(bytea) to todo_auth;

-- Somebody forgot a password. The backend sends the mail either way; only for an
-- account that can log in does the secret in it open anything. One link at a time is
-- good.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.request_reset(p_email text, p_token_hash bytea)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('request_reset', p_email);

    select u.id into v_user_id
    from app.users as u
    where lower(u.email) = lower(p_email)
    and u.is_active
    and u.email_verified_at is not null;

    update app.auth_tokens set used_at = now()
    where user_id = v_user_id and purpose = 'reset_password' and used_at is null;
    insert into app.auth_tokens (user_id, purpose, token_hash, expires_at)
    select v_user_id, 'reset_password', p_token_hash, now() + interval '1 hour'
    where v_user_id is not null;
end
$$;

comment on function app.request_reset(text, bytea) is
'Stores the token of a password-reset mail; for an address that nobody can log in with it does nothing and says the same.';
grant execute on function app.request_reset(text, bytea) to todo_auth;

-- Takes the secret of a reset mail and sets the new password. Every device is logged
-- out and every other link is void: whoever had the old password has nothing any more.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.reset_password(p_token_hash bytea, p_password_hash text)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('reset_password', encode(p_token_hash, 'hex'));

    update app.auth_tokens set used_at = now()
    where token_hash = p_token_hash
    and purpose = 'reset_password'
    and used_at is null
    and expires_at > now()
    returning user_id into v_user_id;

    update app.users set password_hash = p_password_hash
    where id = v_user_id;
    update app.auth_tokens set used_at = now()
    where user_id = v_user_id and used_at is null;
    return v_user_id;
end
$$;

comment on function app.reset_password(bytea, text) is
'Uses up a reset token, sets the password, ends every log-in and returns the user; null when the token is unknown, used or expired, without saying which.';
grant execute on function app.reset_password(bytea, text) to todo_auth;

reset role;
revoke create on schema app from todo_registrar;
