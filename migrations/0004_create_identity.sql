-- Identity: a signed token that SQL cannot forge.
-- depends: 0003_create_helpers

set local lock_timeout = '2s';
set local role todo_owner;

-- The keys that tell a token of the backend from a forged one.
--
-- Written by the operator (`make credentials`), read by app_private.read_token alone.
-- Nobody is granted anything here: a setting or a function's source could be read by
-- every role, a table without grants cannot. A key is kept as the two padded blocks of
-- HMAC (RFC 2104), so that verifying costs two plain sha256() and needs no extension.

create table app_private.signing_keys (
    key_id smallint not null,
    inner_pad bytea not null,
    outer_pad bytea not null,
    created_at timestamptz not null default now(),
    retired_at timestamptz,
    constraint signing_keys_pkey primary key (key_id),
    constraint signing_keys_key_id_is_positive check (key_id > 0),
    constraint signing_keys_pads_are_one_block check (
        octet_length(inner_pad) = 64 and octet_length(outer_pad) = 64
    )
);

comment on table app_private.signing_keys is
'Keys that sign the tokens of the backend. Two may be in use at once while one replaces the other.';
comment on column app_private.signing_keys.key_id is
'Number of the key, carried by every token that it signed.';
comment on column app_private.signing_keys.inner_pad is
'The key, filled to 64 bytes, each xor 0x36 (RFC 2104).';
comment on column app_private.signing_keys.outer_pad is
'The key, filled to 64 bytes, each xor 0x5c (RFC 2104).';
comment on column app_private.signing_keys.created_at is
'When the key was put here.';
comment on column app_private.signing_keys.retired_at is
'From this moment on no token of this key is taken; null while the key is in use.';

-- Logins whose `request.jwt.claims` count as an identity.
--
-- PostgREST and Neon's Data API check a JWT themselves and set the claims on a
-- connection where nobody else can run SQL text. Only for such a login does an unsigned
-- setting mean anything; the table is empty until an operator lists one. On PostgreSQL
-- 15 and 16 give such a login max_parallel_workers_per_gather = 0: reading the claims
-- catches a bad JSON text, which these versions cannot do inside a parallel plan.

create table app_private.claim_logins (
    login name not null,
    note text not null,
    constraint claim_logins_pkey primary key (login)
);

comment on table app_private.claim_logins is
'Logins that verify a JWT themselves, so that their request.jwt.claims are believed.';
comment on column app_private.claim_logins.login is
'The session_user of that software.';
comment on column app_private.claim_logins.note is
'What it is, and who decided that its claims may be believed.';

-- The one place where a token is taken apart and believed or refused.
--
--   v1.<key id>.<role>.<user>.<scope>.<not before>.<expires>.<mac>
--
-- The mac is HMAC-SHA256, in hexadecimal, over everything before the last dot. The role
-- in it is what the token is good for: one made for a person does not open the sign-up
-- and log-in functions, although the same login may become either role.
--
-- No token at all is nobody (null). Anything else that is not a valid token is refused
-- with 28000 and one and the same text: which part was wrong is nobody's business.
-- After the transaction that set it, an unset setting reads as '', hence nullif.
--
-- Runs with the rights of the functions that call it; never granted.

create function app_private.read_token(
    p_role text, out user_id uuid, out scope text
)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_token text := nullif(current_setting('app.token', true), '');
    v_part text[];
    v_key app_private.signing_keys;
    v_now bigint;
    v_mac bytea;
begin
    if v_token is null then
        return;
    end if;
    -- Only what the mac itself needs is looked at before the mac is right. What stands
    -- in the body was then written by the backend, so that its casts cannot fail.
    if octet_length(v_token) <= 300 then
        v_part := string_to_array(v_token, '.');
        if cardinality(v_part) = 8
            and v_part[1] = 'v1'
            and length(v_part[2]) between 1 and 4
            and translate(v_part[2], '0123456789', '') = ''
            and length(v_part[8]) = 64
            and translate(v_part[8], '0123456789abcdef', '') = ''
        then
            select k.* into v_key
            from app_private.signing_keys as k
            where k.key_id = v_part[2]::smallint
            and (k.retired_at is null or k.retired_at > statement_timestamp());
            v_mac := sha256(
                v_key.outer_pad || sha256(
                    v_key.inner_pad || convert_to(left(v_token, -65), 'UTF8')
                )
            );
            v_now := floor(extract(epoch from statement_timestamp()));
            -- Compared by their hashes under the key: how many leading bytes of a guess
            -- were right does not show in the time that the answer takes. Without a key
            -- all of this is null, hence not true.
            if sha256(v_key.outer_pad || v_mac)
                = sha256(v_key.outer_pad || decode(v_part[8], 'hex'))
            then
                if v_part[3] = p_role
                    and v_part[6]::bigint <= v_now
                    and v_part[7]::bigint > v_now
                    and v_part[7]::bigint - v_part[6]::bigint <= 900
                then
                    user_id := v_part[4]::uuid;
                    scope := v_part[5];
                    return;
                end if;
            end if;
        end if;
    end if;
    raise exception 'the token of this request is not valid'
        using errcode = 'invalid_authorization_specification';
end
$$;

comment on function app_private.read_token(text) is
'User and scope of the request''s token if it is valid for that role; null without a token; 28000 for anything else.';

-- The identity that a listed login set as `request.jwt.claims`: see claim_logins.
-- Apart from read_token, because catching a bad JSON text costs a subtransaction.

create function app_private.read_claims()
returns uuid
language plpgsql
stable
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_claims text := nullif(current_setting('request.jwt.claims', true), '');
begin
    if v_claims is null or not exists (
        select from app_private.claim_logins as c where c.login = session_user
    ) then
        return null;
    end if;
    return (v_claims::jsonb ->> 'sub')::uuid;
exception
    when data_exception then
        raise exception 'the claims of this request are not valid'
            using errcode = 'invalid_authorization_specification';
end
$$;

comment on function app_private.read_claims() is
'The user in request.jwt.claims when the login is listed in claim_logins, else null.';

-- The sign-up and log-in functions reach other people's rows, so a role is not enough
-- to call them: any SQL that runs as the backend's login could take that role. The
-- backend signs a token for one function and one argument, and nothing else can be
-- asked with it.
--
-- SECURITY DEFINER: reads signing_keys, which nobody is granted.

create function app_private.require_scope(p_function text, p_argument text)
returns void
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_wanted text := encode(
        sha256(convert_to(p_function || ':' || p_argument, 'UTF8')), 'hex'
    );
begin
    if v_wanted = (select t.scope from app_private.read_token('auth') as t) then
        return;
    end if;
    raise exception 'the token of this request is not valid'
        using errcode = 'invalid_authorization_specification';
end
$$;

comment on function app_private.require_scope(text, text) is
'Raises 28000 unless the request''s token was signed for this function with this first argument.';
grant execute on function app_private.require_scope(text, text) to todo_registrar;

-- An unknown address gets a password hash as well: one that no password matches, that
-- costs the same to verify, and that stays the same from one request to the next.
--
-- SECURITY DEFINER: derives it from a signing key, which nobody is granted.

create function app_private.decoy_hash(p_email text)
returns text
language sql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
begin atomic
    with
    digest as (
        select
            k.outer_pad,
            sha256(k.inner_pad || convert_to('decoy:' || lower(p_email), 'UTF8'))
                as salt
        from app_private.signing_keys as k
        order by k.key_id
        limit 1
    )

    select
        '$argon2id$v=19$m=65536,t=3,p=4$'
        || rtrim(encode(substr(d.salt, 1, 16), 'base64'), '=') || '$'
        || rtrim(encode(sha256(d.outer_pad || d.salt), 'base64'), '=')
    from digest as d;
end;

comment on function app_private.decoy_hash(text) is
'A stable Argon2id hash that no password matches, for an address that nobody logs in with.';
grant execute on function app_private.decoy_hash(text) to todo_registrar;

-- Who is asking. Every policy rests on this function.
--
-- STABLE, not IMMUTABLE: a cached plan must ask again for the next person. The cost is
-- honest and high, so that the planner evaluates it once, as an index condition or a
-- one-time filter, and never for each row.
--
-- SECURITY DEFINER: reads signing_keys, which nobody is granted.

create function app.current_user_id()
returns uuid
language plpgsql
stable
parallel safe
security definer
cost 10000
set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(current_setting('app.token', true), '') = '' then
        return app_private.read_claims();
    end if;
    return t.user_id from app_private.read_token('user') as t;
end
$$;

comment on function app.current_user_id() is
'The verified user of this request; null without a token; SQLSTATE 28000 for a token that is not valid.';
grant execute on function app.current_user_id() to todo_user, todo_registrar;

-- Every change of a row is counted and dated by the database, never by the client: the
-- version is what a client that edits offline compares with.

create function app_private.touch()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.version := old.version + 1;
    new.updated_at := now();
    return new;
end
$$;

comment on function app_private.touch() is
'Trigger: counts the version up by one and dates the change.';

reset role;
