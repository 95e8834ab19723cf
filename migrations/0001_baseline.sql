-- The whole schema, as sql/ had it at the first release; by make squash.
-- Each part stands in sql/ at the path above it, with its reasons.

set local lock_timeout = '2s';

-- sql/roles.sql

-- Roles: who exists, and who may become whom.
--
-- Roles belong to the whole server, not to one database, so this file may meet them
-- already there and only brings them to the state written here. It needs no superuser:
-- CREATEROLE is enough, which is what Neon and most hosts give. A role that was made
-- in a host's console may carry BYPASSRLS; one that was made here never does.
--
--   todo_owner      owns what is in app and app_private; nobody logs in as it
--   todo_registrar  owns app_auth, whose functions sign people up and log them in; no
--                   role of the backend may become it, whoever migrates may
--   todo_integrity  owns the triggers that keep counts and trees; sees places, no words
--   todo_searcher   owns app.search_tasks, which reads an index across spaces; no more
--   todo_app        what the backend logs in as; it holds no privilege of its own
--   todo_user       one person in the person's own space; row-level security decides
--   todo_auth       a request without a person yet; may call sign-up and log-in only
--   todo_monitor    what the exporter logs in as: sees statistics, no row of anybody

do $$
declare
    v_role text;
begin
    foreach v_role in array array[
        'todo_owner', 'todo_registrar', 'todo_integrity', 'todo_searcher',
        'todo_app', 'todo_user', 'todo_auth', 'todo_monitor'
    ] loop
        if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
            execute format('create role %I nologin noinherit', v_role);
        end if;
        -- Only a superuser may name SUPERUSER, REPLICATION and BYPASSRLS at all, so a
        -- wrong role is refused here by name instead of being mended in silence.
        if exists (
            select from pg_catalog.pg_roles
            where rolname = v_role and (rolsuper or rolbypassrls or rolreplication)
        ) then
            raise exception 'role % is SUPERUSER, REPLICATION or BYPASSRLS', v_role
                using hint = 'Row-level security would not hold. Drop the role, then run this again.';
        end if;
    end loop;
end
$$;

alter role todo_owner nologin noinherit nocreatedb nocreaterole;
alter role todo_registrar nologin noinherit nocreatedb nocreaterole;
alter role todo_integrity nologin noinherit nocreatedb nocreaterole;
alter role todo_searcher nologin noinherit nocreatedb nocreaterole;
alter role todo_user nologin noinherit nocreatedb nocreaterole;
alter role todo_auth nologin noinherit nocreatedb nocreaterole;
-- It has no password yet, so nobody can log in: `make credentials` sets one.
alter role todo_app login noinherit nocreatedb nocreaterole;
-- It inherits pg_monitor, where `make monitor-login` may give it: not every host lets
-- whoever migrates do so. That command sets its password, too.
alter role todo_monitor login inherit nocreatedb nocreaterole connection limit 5;
alter role todo_monitor set default_transaction_read_only = on;
alter role todo_monitor set statement_timeout = '10s';
alter role todo_monitor set lock_timeout = '1s';

-- No plan_cache_mode: the runtime's statements are not prepared, so that each is
-- planned for its user anyway, while forcing it would plan every foreign key and
-- trigger anew, which cost a single insert 0.1 to 0.2 ms.
-- A lost client must not hold locks, and a bad query must not hold a connection.
alter role todo_app set statement_timeout = '15s';
alter role todo_app set lock_timeout = '5s';
alter role todo_app set idle_in_transaction_session_timeout = '30s';

-- Membership means SET ROLE and nothing else. PostgreSQL 16 says so in the grant; 15
-- has only the NOINHERIT of the member.
do $$
declare
    v_with text := '';
begin
    if current_setting('server_version_num')::integer >= 160000 then
        v_with := ' with inherit false, set true';
    end if;
    execute 'grant todo_user to todo_app' || v_with;
    execute 'grant todo_auth to todo_app' || v_with;
    -- Whoever migrates makes objects as their owners, hence must be able to become
    -- them. A superuser is, anyway.
    if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        execute format('grant todo_owner to %I', current_user)
        || case when v_with = '' then '' else ' with inherit true, set true' end;
        execute format('grant todo_registrar to %I', current_user)
        || case when v_with = '' then '' else ' with inherit true, set true' end;
        execute format('grant todo_integrity to %I', current_user)
        || case when v_with = '' then '' else ' with inherit true, set true' end;
        execute format('grant todo_searcher to %I', current_user)
        || case when v_with = '' then '' else ' with inherit true, set true' end;
    end if;
end
$$;

comment on role todo_owner is
'Owns what is in the schemas app and app_private. Nobody logs in as it.';
comment on role todo_registrar is
'Owns schema app_auth, whose functions run as it. Nobody logs in as it; no role of the backend may become it.';
comment on role todo_integrity is
'Owns the triggers that keep counts and trees. Sees places and states, no words.';
comment on role todo_searcher is
'Owns app.search_tasks, which finds words in the tasks of who asks. Nobody logs in as it.';
comment on role todo_app is
'What the backend logs in as. Holds no privilege: per transaction it becomes another.';
comment on role todo_user is
'One person in the person''s own space: sees and writes only rows of that space.';
comment on role todo_auth is
'A request that has no person yet: may call the sign-up and log-in functions only.';
comment on role todo_monitor is
'What the exporter logs in as. Sees the server''s statistics, and no row of anybody.';

-- sql/schemas.sql

-- `app` is what the application may see, `app_data` holds the tables behind it,
-- `app_private` is what it may not see at all. `app_auth`
-- and `app_integrity` belong to the two roles that own them.
-- Whatever is made in them later starts closed: PUBLIC gets nothing by default.

create schema app authorization todo_owner;
comment on schema app is
'What the application sees: tables, functions and views, all under row-level security.';

create schema app_data authorization todo_owner;
comment on schema app_data is
'The tables. The backend may not name them: it reads and writes through the views of app.';

create schema app_private authorization todo_owner;
comment on schema app_private is
'What the application never sees: signing keys and the bodies behind triggers.';

create schema app_auth authorization todo_registrar;
comment on schema app_auth is
'Accounts: what signs people up and lets them in, and says who is admitted.';

create schema app_integrity authorization todo_integrity;
comment on schema app_integrity is
'What rows imply, kept by triggers: locks, counts, trees.';

-- New functions would be executable by PUBLIC, new types usable by PUBLIC.
alter default privileges for role todo_owner revoke execute on functions from public;
alter default privileges for role todo_owner revoke usage on types from public;
alter default privileges for role todo_registrar
revoke execute on functions from public;
alter default privileges for role todo_integrity
revoke execute on functions from public;
alter default privileges for role todo_searcher
revoke execute on functions from public;
alter default privileges for role todo_registrar
revoke usage on types from public;

-- PUBLIC may connect to a new database and make temporary tables in it. Neither is
-- wanted: a temporary function or table is a place to shadow a name from.
do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format(
        'grant connect on database %I to todo_app, todo_monitor', current_database()
    );
end
$$;
revoke all on schema public from public;

grant usage on schema app to todo_user, todo_registrar;
grant usage on schema app_private to todo_registrar;
grant usage on schema app_auth to todo_auth, todo_owner;
grant usage on schema app to todo_integrity, todo_searcher;
-- Not to todo_user: what cannot be named cannot be read but through its view.
grant usage on schema app_data to todo_registrar, todo_integrity, todo_searcher;
grant usage on schema app_integrity to todo_owner, todo_user;


set local role todo_owner;

-- Small tools that tables lean on: ids, names, zones, manual order.

-- sql/app/functions/uuid_v7.sql

-- Ids sort by the time they were made, so that new rows land side by side in an index
-- and a list of the newest needs no index of its own. PostgreSQL 18 has uuidv7(); this
-- one is the same layout (RFC 9562, sections 5.7 and 6.2, method 3) on 15 and later:
-- 48 bits of milliseconds, 12 bits of their fraction, 62 random bits.
--
-- No search_path: every name is bound when it is made, and only without it is the body
-- written into the statement that calls it (7.5 us a call with it, 1.5 without).

create function app.uuid_v7()
returns uuid
language sql
volatile
parallel safe
-- 4096000 to the second: milliseconds in the upper 48 bits, their fraction in 12.
return (
    overlay(
        lpad(to_hex((extract(epoch from clock_timestamp()) * 4096000)::bigint), 15, '0')
        placing '7' from 13 for 0
    )
    || substr(gen_random_uuid()::text, 20)
)::uuid;

comment on function app.uuid_v7() is
'@omit execute
A new UUID version 7 (RFC 9562): sortable by the moment in which it was made.';
grant execute on function app.uuid_v7() to todo_user, todo_registrar;

-- sql/app/functions/fold_name.sql

-- Two names that a person cannot tell apart get the same key: compatibility form (full
-- width, ligatures), case by way of upper case (so that both sigmas meet), invisible
-- characters and outer blanks do not count.
--
-- Bringing marks into order takes time that grows with the square of their number, so
-- only the beginning is looked at, which is more than any name has
-- (tags_name_is_short).

create function app.fold_name(p_name text)
returns text
language sql
immutable
strict
parallel safe
set search_path = pg_catalog, pg_temp
return btrim(
    lower(
        upper(
            normalize(
                -- soft hyphen, Mongolian separator, zero-width and direction marks,
                -- BOM
                translate(
                    left(p_name, 100),
                    U&'\00AD\180E\200B\200C\200D\200E\200F\2060\FEFF',
                    ''
                ),
                nfkc
            )
        )
    ),
    E' \t\n\r'
);

comment on function app.fold_name(text) is
'@omit execute
The key under which two names count as the same: compatibility form, case, invisible characters and outer blanks do not matter.';
grant execute on function app.fold_name(text) to todo_user;

-- sql/app/functions/is_time_zone.sql

-- Only names of the IANA database are zones here. PostgreSQL would also take 'EST5EDT',
-- '+03' and 'foo+3', whose sign is the opposite of what people mean.
-- Declared immutable because PostgreSQL's own timezone(text, timestamptz) is: a zone
-- that a later tzdata drops makes a stored row fail its check only when it is written.
-- Parallel unsafe: before PostgreSQL 17 no exception can be caught in parallel mode.

create function app.is_time_zone(p_name text)
returns boolean
language plpgsql
immutable
strict
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    -- The longest name has 32 characters; a pattern takes its time with long texts.
    if octet_length(p_name) > 64
        or p_name !~ '^(UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z0-9_+-]+){1,2})$'
    then
        return false;
    end if;
    perform timezone(p_name, timestamptz '2000-01-01 00:00:00+00');
    return true;
exception
    when invalid_parameter_value then
        return false;
end
$$;

comment on function app.is_time_zone(text) is
'@omit execute
Whether the text is UTC or the name of an IANA time zone, such as Europe/Berlin.';
grant execute on function app.is_time_zone(text) to todo_user, todo_registrar;

-- sql/app/functions/position_now.sql

-- A new row goes to the end of its list, without reading the list and without a race:
-- its position is the time. Thirteen hexadecimal digits of microseconds, enough until
-- the year 2112, sort as text in collation "C", and any two of them leave room in
-- between (app.position_between).
--
-- No search_path: see app.uuid_v7.

create function app.position_now()
returns text
language sql
volatile
parallel safe
-- The trailing V keeps the last digit from being 0, below which nothing fits.
return lpad(
    to_hex((extract(epoch from clock_timestamp()) * 1000000)::bigint), 13, '0'
) || 'V';

comment on function app.position_now() is
'@omit execute
A position after everything placed so far: the current time as sortable text.';
grant execute on function app.position_now() to todo_user, todo_registrar;

-- sql/app/functions/position_between.sql

-- Manual order without renumbering: a position is a fraction written in base 62, and
-- between two of them there is always a third. Text in collation "C" is compared byte
-- by byte, and its operators are leakproof, so that an index serves it under row-level
-- security; float and numeric would run out of digits or of the index.

create function app.position_between(p_after text, p_before text)
returns text
language plpgsql
volatile
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    c_digits constant text collate "C" :=
        '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    v_now text collate "C" := app.position_now();
    v_after text collate "C" := coalesce(p_after, '');
    v_result text := '';
    v_low integer;
    v_high integer;
    v_bounded boolean := p_before is not null;
    i integer := 0;
begin
    -- No row holds a longer one; the loop below takes as long as they are.
    if octet_length(v_after) > 200 or octet_length(p_before) > 200
        or v_after ~ '[^0-9A-Za-z]' or p_before ~ '[^0-9A-Za-z]' or p_before ~ '0$'
        or p_before = ''
    then
        raise exception 'a position has up to 200 digits and letters and does not end in 0'
            using errcode = 'invalid_parameter_value';
    end if;
    if v_bounded and v_after >= p_before collate "C" then
        raise exception 'no position lies between these two: the first is not before the second'
            using errcode = 'invalid_parameter_value';
    end if;
    if not v_bounded and v_now > v_after then
        return v_now;
    end if;
    loop
        i := i + 1;
        v_low := strpos(c_digits, nullif(substr(v_after, i, 1), '')) - 1;
        v_low := coalesce(v_low, 0);
        v_high := case when v_bounded
            then strpos(c_digits, substr(p_before, i, 1)) - 1 else 62 end;
        if v_high - v_low > 1 then
            return v_result || substr(c_digits, (v_low + v_high) / 2 + 1, 1);
        end if;
        v_result := v_result || substr(c_digits, v_low + 1, 1);
        -- Once this digit is lower than the bound's, the rest may be anything.
        v_bounded := v_bounded and v_low = v_high;
    end loop;
end
$$;

comment on function app.position_between(text, text) is
'A position after the first and before the second; null stands for the start or the end of the list.';
grant execute on function app.position_between(text, text) to todo_user;

-- sql/app/functions/is_task_transition.sql

-- The life of a task, said once. Work can be taken back from anywhere; what is blocked
-- must be unblocked before it counts as reviewed or done.

create function app.is_task_transition(p_from text, p_to text)
returns boolean
language sql
immutable
strict
parallel safe
set search_path = pg_catalog, pg_temp
return p_to = any(
    case left(p_from, 20)
        when 'todo' then array['in_progress', 'review', 'blocked', 'done']
        when 'in_progress' then array['todo', 'review', 'blocked', 'done']
        when 'review' then array['todo', 'in_progress', 'blocked', 'done']
        when 'blocked' then array['todo', 'in_progress']
        when 'done' then array['todo', 'in_progress']
    end
);

comment on function app.is_task_transition(text, text) is
'@omit execute
Whether a task may go from the first status to the second; false for the same one.';
grant execute on function app.is_task_transition(text, text) to todo_user;

-- Identity: a signed token that SQL cannot forge.

-- sql/app_private/tables/signing_keys.sql

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

-- sql/app_private/tables/trusted_jwt_logins.sql

-- Logins whose `request.jwt.claims` count as an identity.
--
-- PostgREST and Neon's Data API check a JWT themselves and set the claims on a
-- connection where nobody else can run SQL text. Only for such a login does an
-- unsigned setting mean anything; the table is empty until an operator lists one. On
-- PostgreSQL 15 and 16 give such a login max_parallel_workers_per_gather = 0: reading
-- the claims catches a bad JSON text, which these versions cannot do inside a parallel
-- plan.

create table app_private.trusted_jwt_logins (
    login name not null,
    note text not null,
    constraint claim_logins_pkey primary key (login)
);

comment on table app_private.trusted_jwt_logins is
'Logins that verify a JWT themselves, so that their request.jwt.claims are believed.';
comment on column app_private.trusted_jwt_logins.login is
'The session_user of that software.';
comment on column app_private.trusted_jwt_logins.note is
'What it is, and who decided that its claims may be believed.';

-- sql/app_private/functions/read_token.sql

-- The one place where a token is taken apart and believed or not.
--
--   v1.<key id>.<role>.<user>.<scope>.<not before>.<expires>.<mac>
--
-- The mac is HMAC-SHA256, in hexadecimal, over everything before the last dot. The
-- role in it is what the token is good for: one made for a person does not open the
-- sign-up and log-in functions, although the same login may become either role.
--
-- Whatever is not a valid token is null, never an error: policies ask, and a policy
-- that can raise tells by raising that it was asked. Who must be refused is refused by
-- app.authenticate and app_private.require_scope, before any row is looked at.
--
-- Runs with the rights of the functions that call it; never granted.

create function app_private.read_token(
    p_role text, out user_id uuid, out scope text, out signed_at bigint
)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_token constant text := current_setting('app.token', true);
    v_part text[];
    v_key app_private.signing_keys;
    v_now bigint;
begin
    -- Only what the mac itself needs is looked at before the mac is right. What stands
    -- in the body was then written by the backend, so that its casts cannot fail.
    -- No counts in the pattern: `{64}` takes three times as long.
    if octet_length(v_token) > 300 or v_token !~
        '^v1[.][0-9][0-9]?[0-9]?[0-9]?[.][a-z]+[.][0-9a-f-]+[.][0-9a-f-]+[.][0-9]+[.][0-9]+[.][0-9a-f]+$' -- noqa: LT05
    then
        return;
    end if;
    v_part := string_to_array(v_token, '.');
    if length(v_part[8]) <> 64 then
        return;
    end if;
    select k.* into v_key
    from app_private.signing_keys as k
    where k.key_id = v_part[2]::smallint
    and (k.retired_at is null or k.retired_at > statement_timestamp());
    -- Compared by their hashes under the key: how many leading bytes of a guess were
    -- right does not show in the time that the answer takes. Without a token or a key
    -- all of this is null, hence not true.
    if sha256(
        v_key.outer_pad || sha256(
            v_key.outer_pad || sha256(
                v_key.inner_pad || convert_to(left(v_token, -65), 'UTF8')
            )
        )
    ) = sha256(v_key.outer_pad || decode(v_part[8], 'hex'))
    then
        v_now := floor(extract(epoch from statement_timestamp()));
        if v_part[3] = p_role
            and v_part[6]::bigint <= v_now
            and v_part[7]::bigint > v_now
            and v_part[7]::bigint - v_part[6]::bigint <= 900
        then
            user_id := v_part[4]::uuid;
            scope := v_part[5];
            -- A token is dated back by a minute, for clocks that are set (todo_db).
            signed_at := v_part[6]::bigint + 60;
        end if;
    end if;
end
$$;

comment on function app_private.read_token(text) is
'User, scope and Unix second of signing of the request''s token if it is valid for that role, else nulls.';

-- sql/app_private/functions/read_claims.sql

-- The identity that a listed login set as `request.jwt.claims`: see
-- trusted_jwt_logins.
--
-- Claims that are no JSON object with a UUID as `sub` are null, never an error, as in
-- app_private.read_token. PostgreSQL 15 can only find out by catching an error, which
-- it cannot do inside a parallel plan; later versions ask pg_input_is_valid.
--
-- Runs with the rights of the functions that call it; never granted.

create function app_private.read_claims(out user_id uuid, out signed_at bigint)
language plpgsql
stable
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_text text := nullif(current_setting('request.jwt.claims', true), '');
    v_claims jsonb;
begin
    if v_text is null or octet_length(v_text) > 16384 or not exists (
        select from app_private.trusted_jwt_logins as l where l.login = session_user
    ) then
        return;
    end if;
    if current_setting('server_version_num')::integer >= 160000 then
        if pg_input_is_valid(v_text, 'jsonb') then
            v_claims := v_text::jsonb;
        end if;
    else
        begin
            v_claims := v_text::jsonb;
        exception
            when others then
                return;
        end;
    end if;
    if jsonb_typeof(v_claims) = 'object'
        and v_claims ->> 'sub' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    then
        user_id := (v_claims ->> 'sub')::uuid;
        -- NumericDate (RFC 7519, section 2); without one the claims are of no age.
        if jsonb_typeof(v_claims -> 'iat') = 'number'
            and (v_claims ->> 'iat')::numeric between 0 and 1e11
        then
            signed_at := floor((v_claims ->> 'iat')::numeric);
        end if;
    end if;
end
$$;

comment on function app_private.read_claims() is
'User and Unix second of issue in request.jwt.claims when the login is listed in trusted_jwt_logins, else nulls.';

-- sql/app_private/functions/require_scope.sql

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
    v_wanted text;
begin
    -- An address or a hash in hexadecimal: what is longer was never signed.
    if octet_length(p_argument) <= 1024 then
        v_wanted := encode(
            sha256(convert_to(p_function || ':' || p_argument, 'UTF8')), 'hex'
        );
        if v_wanted = (select t.scope from app_private.read_token('auth') as t) then
            return;
        end if;
    end if;
    raise exception 'the token of this request is not valid'
        using errcode = 'invalid_authorization_specification';
end
$$;

comment on function app_private.require_scope(text, text) is
'Raises 28000 unless the request''s token was signed for this function with this first argument.';
grant execute on function app_private.require_scope(text, text) to todo_registrar;

-- sql/app_private/functions/decoy_hash.sql

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

-- sql/app/functions/space_number.sql

-- Every row carries the number of its space, 28 bits of a hash of its owner's id, as
-- the index of an element in the mask that a policy asks first: see
-- app.current_space_mask. Two spaces of one number (1 in 268 million for each pair)
-- are still told apart by the id that the policy compares next.
--
-- No search_path: see app.uuid_v7.

create function app.space_number(p_user_id uuid)
returns integer
language sql
immutable
strict
parallel safe
return (
    'x' || left(encode(sha256(uuid_send(p_user_id)), 'hex'), 7)
)::bit(28)::integer;

comment on function app.space_number(uuid) is
'@omit
The number that all rows of a space carry: 28 bits of a hash of the owner''s id.';
grant execute on function app.space_number(uuid)
to todo_user, todo_registrar, todo_integrity, todo_searcher;

-- sql/app/functions/search_words.sql

-- The words of a text as the search compares them: in lower case, parted by single
-- characters of blank. What is neither letter nor digit in ASCII, and the common marks
-- beyond it, parts words; accents and signs of other scripts stay. A script that is
-- written without blanks is found by what stands between two marks.
--
-- No search_path: see app.uuid_v7.

create function app.search_words(p_text text)
returns text
language sql
immutable
parallel safe
return translate(
    lower(left(p_text, 500)), -- as long as a title
    U&'\0009\000a\000d!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\00a0\00a1\00ab\00b7\00bb\00bf\2013\2014\2018\2019\201c\201d\201e\2026\3000\3001\3002\ff0c\ff1a\ff1f\ff01', -- noqa: LT05
    repeat(' ', 60)
);

comment on function app.search_words(text) is
'@omit
The words of a text in lower case, parted by blanks: what app.search_tasks compares.';
grant execute on function app.search_words(text) to todo_user, todo_searcher;

-- sql/app/functions/search_vector.sql

-- What the search looks for in a task: the words of its title, and marks that say
-- when it was made, so that the index alone tells the newest (app.search_tasks). All of
-- them begin with the number of the space: no entry of the index is of two spaces, and
-- how long a search takes does not tell whether anybody else has the word.
--
-- A mark is the beginning of the id, which is the time of birth: five hexadecimal
-- digits (3 days), four (50 days), or four of which the last is rounded down to a
-- multiple of four (199 days).
--
-- No search_path: see app.uuid_v7.

create function app.search_vector(p_space_number integer, p_id uuid, p_title text)
returns tsvector
language sql
immutable
parallel safe
return array_to_tsvector(
    string_to_array(
        to_hex(p_space_number) || '~'
        || replace(
            app.search_words(p_title), ' ', ' ' || to_hex(p_space_number) || '~'
        ),
        ' '
    )
    || array[
        to_hex(p_space_number) || '.' || left(p_id::text, 5),
        to_hex(p_space_number) || '.' || left(p_id::text, 4),
        to_hex(p_space_number) || '.~' || left(p_id::text, 3)
        || translate(substr(p_id::text, 4, 1), '1235679abdef', '000444888ccc')
    ]
);

comment on function app.search_vector(integer, uuid, text) is
'@omit
The words of a title and the marks of its time, each with its space, as the search index holds them.';
grant execute on function app.search_vector(integer, uuid, text)
to todo_user, todo_searcher;

-- sql/app/functions/current_user_id.sql

-- Who is asking. Every policy rests on this function and on app.current_space_mask,
-- which has the form that a policy has.
--
-- One rule for both ways of showing who one is, a token that the backend signed or the
-- claims of a listed login: the person is there and active, and what is shown is not
-- older than the person's tokens_valid_since. Whoever is not admitted is null, and
-- nothing is ever raised: a policy that can raise tells by raising.
--
-- STABLE, not IMMUTABLE: a cached plan must ask again for the next person.
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
-- Set off by whoever asks, it would make app_auth.is_admitted raise.
set row_security = on
as $$
declare
    v_shown record;
begin
    -- After the transaction that set it, an unset setting reads as ''.
    if coalesce(current_setting('app.token', true), '') = '' then
        v_shown := app_private.read_claims();
    else
        v_shown := app_private.read_token('user');
    end if;
    if v_shown.user_id is not null
        and app_auth.is_admitted(v_shown.user_id, v_shown.signed_at)
    then
        return v_shown.user_id;
    end if;
    return null;
end
$$;

comment on function app.current_user_id() is
'The verified and active user of this request; null for anybody else, never an error.';
grant execute on function app.current_user_id()
to todo_user, todo_registrar, todo_integrity, todo_searcher;

-- sql/app/functions/current_space_mask.sql

-- What a policy asks first of every row, in one form alone:
--
--   using (
--       (select app.current_space_mask())[space_number] is not null
--       and user_id = app.current_user_id()
--       and user_id = (select app.current_user_id())
--   )
--
-- Row-level security does not keep the conditions of a statement behind those of a
-- policy where they are leakproof and cheap: all of them are sorted by their price,
-- and `title < any ('{x}')`, a boolean column or IS NULL cost less than `user_id = …`.
-- What they decide of a stranger's row shows by what is evaluated next, such as a
-- sub-select that divides by zero. Reading an element of an array costs the planner
-- nothing, and of two conditions of one price the policy's is first. So nothing of the
-- statement's own is asked of a stranger's row. docs/decisions/0005 has the attack and
-- the figures.
--
-- The bare call lets the planner see whose rows they are, and how many; the sub-select
-- next to it makes both one value that is compared once and read by the index.
--
-- The mask has one element, at the number of the person's own space; nobody has none.
-- Like app.current_user_id it never raises.
--
-- SECURITY INVOKER: app.current_user_id does what needs more.

create function app.current_space_mask()
returns boolean[]
language plpgsql
stable
parallel safe
cost 10000
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app.current_user_id();
begin
    if v_user_id is null then
        return null;
    end if;
    return array_fill(true, array[1], array[app.space_number(v_user_id)]);
end
$$;

comment on function app.current_space_mask() is
'@omit execute
@omit
An array with one element, at the number of the verified user''s space; null for nobody.';
grant execute on function app.current_space_mask() to todo_user;

-- sql/app/functions/authenticate.sql

-- What stands at the beginning of every transaction of a person: who is asking, or a
-- refusal. The runtime sends it together with the token; software that sets claims
-- calls it before each request (PostgREST: db-pre-request).
--
-- Which part of a token or of claims was wrong is nobody's business: one SQLSTATE and
-- one text for all.
--
-- SECURITY INVOKER: app.current_user_id does what needs more.

create function app.authenticate()
returns uuid
language plpgsql
stable
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app.current_user_id();
begin
    if v_user_id is null then
        raise exception 'the token of this request is not valid'
            using errcode = 'invalid_authorization_specification';
    end if;
    return v_user_id;
end
$$;

comment on function app.authenticate() is
'@omit execute
The verified and active user of this request; SQLSTATE 28000 for anybody else.';
grant execute on function app.authenticate() to todo_user;

-- sql/app/functions/pin_settings.sql

-- States every setting that the answers of a transaction rest on, for it alone.
--
-- The runtime calls it at the beginning of each transaction, after it has thrown away
-- what the session held. RESET ALL falls back to what the login has set for itself by
-- `alter role todo_app set …`, which any SQL that runs as the login may do; so nothing
-- that changes an answer, an error or a plan's shape is left to that.
--
-- Not here: role, token, limits and search_path, which the runtime states in the same
-- breath (this function's own search_path would hide the last one); what the server's
-- administrator tunes, such as memory and synchronous_commit, and costs as long as they
-- are sane; what app roles may not set at all.
--
-- A function, because one cached expression takes 0.09 ms where the same calls in the
-- text of the statement took 0.30 ms to parse and plan each time.

create function app.pin_settings()
returns void
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    perform
        -- who may see what
        set_config('row_security', 'on', true),
        -- how text is read
        set_config('client_encoding', 'UTF8', true),
        set_config('standard_conforming_strings', 'on', true),
        set_config('backslash_quote', 'safe_encoding', true),
        set_config('escape_string_warning', 'on', true),
        set_config('array_nulls', 'on', true),
        set_config('transform_null_equals', 'off', true),
        set_config('quote_all_identifiers', 'off', true),
        set_config('default_text_search_config', 'pg_catalog.simple', true),
        -- how values are written
        set_config('TimeZone', 'UTC', true),
        set_config('DateStyle', 'ISO, MDY', true),
        set_config('IntervalStyle', 'postgres', true),
        set_config('bytea_output', 'hex', true),
        set_config('extra_float_digits', '1', true),
        set_config('xmlbinary', 'base64', true),
        set_config('xmloption', 'content', true),
        set_config('lc_monetary', 'C', true),
        set_config('lc_numeric', 'C', true),
        set_config('lc_time', 'C', true),
        -- what is said besides, to the client and in the server's log
        set_config('client_min_messages', 'notice', true),
        set_config('log_parameter_max_length_on_error', '0', true),
        set_config('debug_print_parse', 'off', true),
        set_config('debug_print_rewritten', 'off', true),
        set_config('debug_print_plan', 'off', true),
        set_config('exit_on_error', 'off', true),
        -- what is checked when a function is made, and how long a client may be away
        set_config('check_function_bodies', 'on', true),
        set_config('idle_in_transaction_session_timeout', '30s', true),
        set_config('client_connection_check_interval', '0', true),
        -- which plan
        set_config('plan_cache_mode', 'auto', true),
        set_config('gin_fuzzy_search_limit', '0', true),
        set_config('constraint_exclusion', 'partition', true),
        set_config('from_collapse_limit', '8', true),
        set_config('join_collapse_limit', '8', true),
        set_config('geqo', 'on', true),
        set_config('geqo_threshold', '12', true),
        set_config('enable_async_append', 'on', true),
        set_config('enable_bitmapscan', 'on', true),
        set_config('enable_gathermerge', 'on', true),
        set_config('enable_hashagg', 'on', true),
        set_config('enable_hashjoin', 'on', true),
        set_config('enable_incremental_sort', 'on', true),
        set_config('enable_indexonlyscan', 'on', true),
        set_config('enable_indexscan', 'on', true),
        set_config('enable_material', 'on', true),
        set_config('enable_memoize', 'on', true),
        set_config('enable_mergejoin', 'on', true),
        set_config('enable_nestloop', 'on', true),
        set_config('enable_parallel_append', 'on', true),
        set_config('enable_parallel_hash', 'on', true),
        set_config('enable_partition_pruning', 'on', true),
        set_config('enable_seqscan', 'on', true),
        set_config('enable_sort', 'on', true),
        set_config('enable_tidscan', 'on', true);
    -- Its value is a file that is read anew each time it is set.
    if current_setting('timezone_abbreviations') <> 'Default' then
        perform set_config('timezone_abbreviations', 'Default', true);
    end if;
    -- With costs that add up to infinity the planner fails: XX000, invalid attnum.
    if greatest(
        current_setting('seq_page_cost')::float8,
        current_setting('random_page_cost')::float8,
        current_setting('cpu_tuple_cost')::float8,
        current_setting('cpu_index_tuple_cost')::float8,
        current_setting('cpu_operator_cost')::float8,
        current_setting('parallel_setup_cost')::float8,
        current_setting('parallel_tuple_cost')::float8
    ) > 1000000 then
        perform
            set_config('seq_page_cost', '1', true),
            set_config('random_page_cost', '4', true),
            set_config('cpu_tuple_cost', '0.01', true),
            set_config('cpu_index_tuple_cost', '0.005', true),
            set_config('cpu_operator_cost', '0.0025', true),
            set_config('parallel_setup_cost', '1000', true),
            set_config('parallel_tuple_cost', '0.1', true);
    end if;
    -- Settings that not every server has.
    if current_setting('restrict_nonsystem_relation_kind', true) <> '' then
        perform set_config('restrict_nonsystem_relation_kind', '', true);
    end if;
    if current_setting('force_parallel_mode', true) <> 'off' then -- until 15
        perform set_config('force_parallel_mode', 'off', true);
    end if;
    if current_setting('debug_parallel_query', true) <> 'off' then -- since 16
        perform set_config('debug_parallel_query', 'off', true);
    end if;
    if current_setting('transaction_timeout', true) <> '0' then -- since 17
        perform set_config('transaction_timeout', '0', true);
    end if;
end
$$;

comment on function app.pin_settings() is
'@omit execute
States the settings that the rest of the transaction rests on, whatever the session or the login''s own defaults were.';
grant execute on function app.pin_settings() to todo_user;

-- sql/app_private/functions/bump_version.sql

-- Every change of a row is counted and dated by the database, never by the client: the
-- version is what a client that edits offline compares with.

create function app_private.bump_version()
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

comment on function app_private.bump_version() is
'Trigger: counts the version up by one and dates the change.';

-- sql/app_private/functions/date_deletion.sql

-- What goes to the trash is dated by the database, whatever date the statement has:
-- the date decides when it is purged. All rows of one act carry one deletion_id, which
-- the functions that delete more than one row announce in `app.deletion_id`; a row
-- that goes alone is an act of its own. What comes back has neither, and what lies
-- there already keeps both.

create function app_private.date_deletion()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.deleted_at is null then
        new.deletion_id := null;
    elsif old.deleted_at is null then
        new.deleted_at := now();
        new.deletion_id := coalesce(
            nullif(left(current_setting('app.deletion_id', true), 37), '')::uuid,
            app.uuid_v7()
        );
    else
        new.deleted_at := old.deleted_at;
        new.deletion_id := old.deletion_id;
    end if;
    return new;
end
$$;

comment on function app_private.date_deletion() is
'Trigger: dates a deletion, and gives all rows of one act the same deletion_id.';

-- What rows imply, kept by triggers: locks, counts, trees. Owned by todo_integrity.

set local role todo_integrity;

-- sql/app_integrity/functions/lock_space.sql

-- The first statement of whatever looks at a tree and then changes it: what is read
-- after it stays true until the transaction ends. The trigger of the statement that
-- changes something would come too late, because that statement has its snapshot by
-- then.
--
-- SECURITY DEFINER, owned by todo_integrity: a lock needs the right to update. It
-- locks the caller's own space and no other.

create function app_integrity.lock_space()
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app.current_user_id();
begin
    perform from app_data.spaces as s where s.user_id = v_user_id for no key update;
    return v_user_id;
end
$$;

comment on function app_integrity.lock_space() is
'Keeps others from changing the tasks of the person''s space until the transaction ends, and returns the person.';
grant execute on function app_integrity.lock_space() to todo_user;

-- sql/app_integrity/functions/lock_before_write.sql

-- Before a statement changes where tasks stand or how many there are, it takes the
-- lock of the space, and only then the locks of rows: nobody waits for the other way
-- round. Nobody's space is locked for nobody; what a maintainer writes is locked by
-- its rows (app_integrity.count_tasks).
--
-- SECURITY DEFINER, owned by todo_integrity: a lock needs the right to update.

create function app_integrity.lock_before_write()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from app_data.spaces as s
    where s.user_id = app.current_user_id()
    for no key update;
    return null;
end
$$;

comment on function app_integrity.lock_before_write() is
'Trigger: takes the lock of the person''s space before any lock of a row.';
grant execute on function app_integrity.lock_before_write() to todo_owner;

-- sql/app_integrity/functions/open_space.sql

-- A person has a space from the first moment on.
--
-- SECURITY DEFINER, owned by todo_integrity: nobody else writes app_data.spaces.

create function app_integrity.open_space()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into app_data.spaces (user_id) values (new.id);
    return null;
end
$$;

comment on function app_integrity.open_space() is
'Trigger: gives a new person a space.';
grant execute on function app_integrity.open_space() to todo_owner;

-- sql/app_integrity/functions/begin_counts.sql

-- A project has counts from the first moment on.
--
-- SECURITY DEFINER, owned by todo_integrity: nobody else writes app_data.task_counts.

create function app_integrity.begin_counts()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into app_data.task_counts (user_id, project_id) values (new.user_id, new.id);
    return null;
end
$$;

comment on function app_integrity.begin_counts() is
'Trigger: gives a new project its counts, all of them zero.';
grant execute on function app_integrity.begin_counts() to todo_owner;

-- sql/app_integrity/functions/check_project_is_live.sql

-- No live task stands in a deleted project. Asked under the lock of the space.

create function app_integrity.check_project_is_live(p_user_id uuid, p_project_id uuid)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from app_data.projects as p
    where p.user_id = p_user_id and p.id = p_project_id and p.deleted_at is not null;
    if found then
        raise exception 'the project of this task is in the trash'
            using errcode = 'check_violation',
            schema = 'app_data', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'Restore it first, or put the task somewhere else.';
    end if;
end
$$;

comment on function app_integrity.check_project_is_live(uuid, uuid) is
'Raises 23514 if the project is in the trash.';

-- sql/app_integrity/functions/check_place.sql

-- Where a task stands below others: in its parent's project, not below itself, at most
-- four levels deep, live only below live ones. Looked at after the statement, when all
-- its rows are written, and under the lock of the space.
--
-- What is not in the project answers like what does not exist (tasks_parent_id_fkey).

create function app_integrity.check_place(
    p_user_id uuid, p_id uuid, p_project_id uuid, p_parent_id uuid, p_is_live boolean
)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_above integer := 0;
    v_below integer := 0;
    v_is_circle boolean := false;
    v_is_split boolean := false;
    v_is_buried boolean := false;
begin
    if p_parent_id is not null then
        with recursive above as (
            select t.id, t.parent_id, t.project_id, t.deleted_at, 1 as steps
            from app_data.tasks as t
            where t.user_id = p_user_id and t.id = p_parent_id
            union all
            select t.id, t.parent_id, t.project_id, t.deleted_at, a.steps + 1
            from above as a
            inner join app_data.tasks as t on t.user_id = p_user_id and t.id = a.parent_id
            where a.steps < 6 and a.id <> p_id
        )

        select
            count(*),
            bool_or(a.id = p_id),
            bool_or(a.project_id <> p_project_id),
            bool_or(a.steps = 1 and a.deleted_at is not null and p_is_live)
        into v_above, v_is_circle, v_is_split, v_is_buried
        from above as a;
    end if;

    if not v_is_circle then
        with recursive below as (
            select t.id, t.project_id, t.deleted_at, 1 as steps
            from app_data.tasks as t
            where t.user_id = p_user_id and t.parent_id = p_id
            union all
            select t.id, t.project_id, t.deleted_at, b.steps + 1
            from below as b
            inner join app_data.tasks as t on t.user_id = p_user_id and t.parent_id = b.id
            where b.steps < 6
        )

        select
            coalesce(max(b.steps), 0),
            v_is_split or coalesce(bool_or(b.project_id <> p_project_id), false),
            v_is_buried or coalesce(
                bool_or(b.steps = 1 and b.deleted_at is null and not p_is_live), false
            )
        into v_below, v_is_split, v_is_buried
        from below as b;
    end if;

    if v_is_circle or v_is_split then
        raise exception 'a task stands below another task of its project, never below itself'
            using errcode = 'foreign_key_violation',
            schema = 'app_data', table = 'tasks', constraint = 'tasks_parent_id_fkey',
            hint = 'app.move_task takes the subtasks along.';
    end if;
    if v_above + v_below > 4 then
        raise exception 'tasks stand at most four levels below another'
            using errcode = 'check_violation',
            schema = 'app_data', table = 'tasks', constraint = 'tasks_depth_is_bounded';
    end if;
    if v_is_buried then
        raise exception 'a live task would stand below a deleted one'
            using errcode = 'check_violation',
            schema = 'app_data', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'app.delete_task and app.restore_task take the subtasks along; restore a deleted parent first.';
    end if;
end
$$;

comment on function app_integrity.check_place(uuid, uuid, uuid, uuid, boolean) is
'Raises 23503 or 23514 unless the task stands in a tree of its project, at most four levels deep, live only below live ones.';

-- sql/app_integrity/functions/count_tasks.sql

-- Tasks that came or went are counted once per statement, under the lock of their
-- space; then the places of new ones are looked at, which by now nobody can change.
--
-- SECURITY DEFINER, owned by todo_integrity: nobody else writes counts. It is called
-- after the statement, hence for rows that the policies have let pass.

create function app_integrity.count_tasks()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_sign constant integer := case tg_op when 'INSERT' then 1 else -1 end;
    v_group record;
    v_task record;
    v_is_deleted boolean;
begin
    for v_group in
        select
            c.user_id,
            c.project_id,
            count(*)::integer as tasks,
            (count(*) filter (where c.state = 'todo'))::integer as todo,
            (count(*) filter (where c.state = 'in_progress'))::integer as in_progress,
            (count(*) filter (where c.state = 'review'))::integer as review,
            (count(*) filter (where c.state = 'blocked'))::integer as blocked,
            (count(*) filter (where c.state = 'done'))::integer as done,
            (count(*) filter (where c.state = 'deleted'))::integer as deleted,
            bool_or(c.parent_id is not null) as has_parents
        from (
            select
                t.user_id, t.project_id, t.parent_id,
                case when t.deleted_at is null then t.status else 'deleted' end as state
            from changed as t
        ) as c
        group by c.user_id, c.project_id
        order by c.user_id, c.project_id
    loop
        update app_data.spaces as s
        set task_count = s.task_count + v_sign * v_group.tasks
        where s.user_id = v_group.user_id;
        update app_data.task_counts as n
        set
            todo = n.todo + v_sign * v_group.todo,
            in_progress = n.in_progress + v_sign * v_group.in_progress,
            review = n.review + v_sign * v_group.review,
            blocked = n.blocked + v_sign * v_group.blocked,
            done = n.done + v_sign * v_group.done,
            deleted = n.deleted + v_sign * v_group.deleted
        from app_data.projects as p
        where n.user_id = v_group.user_id and n.project_id = v_group.project_id
        and p.user_id = n.user_id and p.id = n.project_id
        returning p.deleted_at is not null into v_is_deleted;

        continue when tg_op = 'DELETE';
        if v_is_deleted and v_group.tasks > v_group.deleted then
            perform app_integrity.check_project_is_live(
                v_group.user_id, v_group.project_id
            );
        end if;
        if v_group.has_parents then
            for v_task in
                select c.* from changed as c
                where c.user_id = v_group.user_id
                and c.project_id = v_group.project_id
                and c.parent_id is not null
            loop
                perform app_integrity.check_place(
                    v_task.user_id, v_task.id, v_task.project_id, v_task.parent_id,
                    v_task.deleted_at is null
                );
            end loop;
        end if;
    end loop;
    return null;
end
$$;

comment on function app_integrity.count_tasks() is
'Trigger: counts the tasks that a statement inserted or deleted, and looks at the places of new ones.';
grant execute on function app_integrity.count_tasks() to todo_owner;

-- sql/app_integrity/functions/recount_task.sql

-- A task that changed its status, its project or its being in the trash is counted
-- where it is now and no longer where it was. The space is locked since before the
-- statement (app_integrity.lock_before_write).
--
-- SECURITY DEFINER, owned by todo_integrity: nobody else writes counts.

create function app_integrity.recount_task()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_was constant text :=
        case when old.deleted_at is null then old.status else 'deleted' end;
    v_is constant text :=
        case when new.deleted_at is null then new.status else 'deleted' end;
begin
    -- Mostly it stays where it is: then one row is written, and once.
    if new.project_id = old.project_id then
        update app_data.task_counts as n
        set
            todo = n.todo - (v_was = 'todo')::integer + (v_is = 'todo')::integer,
            in_progress = n.in_progress - (v_was = 'in_progress')::integer
                + (v_is = 'in_progress')::integer,
            review = n.review - (v_was = 'review')::integer
                + (v_is = 'review')::integer,
            blocked = n.blocked - (v_was = 'blocked')::integer
                + (v_is = 'blocked')::integer,
            done = n.done - (v_was = 'done')::integer + (v_is = 'done')::integer,
            deleted = n.deleted - (v_was = 'deleted')::integer
                + (v_is = 'deleted')::integer
        where n.user_id = new.user_id and n.project_id = new.project_id;
    else
        update app_data.task_counts as n
        set
            todo = n.todo - (v_was = 'todo')::integer,
            in_progress = n.in_progress - (v_was = 'in_progress')::integer,
            review = n.review - (v_was = 'review')::integer,
            blocked = n.blocked - (v_was = 'blocked')::integer,
            done = n.done - (v_was = 'done')::integer,
            deleted = n.deleted - (v_was = 'deleted')::integer
        where n.user_id = old.user_id and n.project_id = old.project_id;
        update app_data.task_counts as n
        set
            todo = n.todo + (v_is = 'todo')::integer,
            in_progress = n.in_progress + (v_is = 'in_progress')::integer,
            review = n.review + (v_is = 'review')::integer,
            blocked = n.blocked + (v_is = 'blocked')::integer,
            done = n.done + (v_is = 'done')::integer,
            deleted = n.deleted + (v_is = 'deleted')::integer
        where n.user_id = new.user_id and n.project_id = new.project_id;
    end if;
    return null;
end
$$;

comment on function app_integrity.recount_task() is
'Trigger: counts a task where it is now, and no longer where it was.';
grant execute on function app_integrity.recount_task() to todo_owner;

-- sql/app_integrity/functions/check_moved_task.sql

-- A task that was put somewhere, deleted or restored must stand well, once the
-- statement has written all its rows: app.move_task and app.delete_task write whole
-- subtrees, and a plain UPDATE that would leave half of one behind is refused.
--
-- SECURITY DEFINER, owned by todo_integrity, which may look at places but at no words.

create function app_integrity.check_moved_task()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.deleted_at is null then
        perform app_integrity.check_project_is_live(new.user_id, new.project_id);
    end if;
    perform app_integrity.check_place(
        new.user_id, new.id, new.project_id, new.parent_id, new.deleted_at is null
    );
    return null;
end
$$;

comment on function app_integrity.check_moved_task() is
'Trigger: a task that was moved, deleted or restored stands in a live and sound place.';
grant execute on function app_integrity.check_moved_task() to todo_owner;

-- sql/app_integrity/functions/check_emptied_project.sql

-- A project that goes to the trash holds no live task: app.delete_project takes them
-- along. The counts know, and whoever adds a task at this moment holds their lock.
--
-- SECURITY DEFINER, owned by todo_integrity: a lock needs the right to update.

create function app_integrity.check_emptied_project()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from app_data.spaces as s where s.user_id = new.user_id for no key update;
    perform from app_data.task_counts as n
    where n.user_id = new.user_id
    and n.project_id = new.id
    and n.todo + n.in_progress + n.review + n.blocked + n.done > 0;
    if found then
        raise exception 'live tasks would stand in a deleted project'
            using errcode = 'check_violation',
            schema = 'app_data', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'app.delete_project takes the tasks along.';
    end if;
    return null;
end
$$;

comment on function app_integrity.check_emptied_project() is
'Trigger: no live task in a project that goes to the trash.';
grant execute on function app_integrity.check_emptied_project() to todo_owner;

set local role todo_owner;

-- People.

-- sql/app_data/tables/users.sql

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

-- sql/app_data/triggers/users.sql

-- A change of a person's row counts and dates itself. A log-in is none: who edits
-- the row on another device meanwhile must not be told that it is stale.

create trigger users_900_bump_version
before update on app_data.users
for each row when (old.last_login_at is not distinct from new.last_login_at)
execute function app_private.bump_version();

create trigger users_500_open_space
after insert on app_data.users
for each row execute function app_integrity.open_space();

comment on trigger users_500_open_space on app_data.users is
'Gives a new person a space.';
comment on trigger users_900_bump_version on app_data.users is
'Counts the version and dates the change.';

-- sql/app_data/access/users.sql

-- A person sees and renames the own row and no other. There is no INSERT and no
-- DELETE: people come by app_auth.verify_email.
--
-- Not granted, on purpose: password_hash (to nobody but the registrar); UPDATE of
-- email, is_active and email_verified_at, which need a proof that only a mailed token
-- gives.

create policy users_select_user on app_data.users
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and id = app.current_user_id()
    and id = (select app.current_user_id())
);

create policy users_update_user on app_data.users
for update to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and id = app.current_user_id()
    and id = (select app.current_user_id())
)
with check (id = (select app.current_user_id()));

grant select (
    id, email, first_name, last_name, is_active, time_zone, email_verified_at,
    last_login_at, version, created_at, updated_at
) on app_data.users to todo_user;
grant update (first_name, last_name, time_zone) on app_data.users to todo_user;

-- The registrar looks people up by address, before anybody is known, and its log-ins
-- refer to them.
create policy users_select_registrar on app_data.users
for select to todo_registrar
using (true);

create policy users_insert_registrar on app_data.users
for insert to todo_registrar
with check (true);

create policy users_update_registrar on app_data.users
for update to todo_registrar
using (true)
with check (true);

grant select (
    id, email, first_name, last_name, password_hash, is_active, time_zone,
    email_verified_at, tokens_valid_since
) on app_data.users to todo_registrar;
grant insert (
    email, first_name, last_name, password_hash, time_zone, email_verified_at
) on app_data.users to todo_registrar;
grant update (
    first_name, last_name, password_hash, time_zone, email_verified_at, last_login_at,
    tokens_valid_since
) on app_data.users to todo_registrar;
grant references (id) on app_data.users to todo_registrar;

-- sql/app/views/users.sql

-- The own row of a person, without the password hash. See app_data.users for what it
-- is, and docs/decisions/0015 for why there is a view in front of it.

create view app.users
with (security_invoker = true)
as
select
    t.id,
    t.email,
    t.first_name,
    t.last_name,
    t.is_active,
    t.time_zone,
    t.email_verified_at,
    t.last_login_at,
    t.version,
    t.created_at,
    t.updated_at
from app_data.users as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.users is
'A person who uses the application, and the space that the person''s rows belong to.';
grant select, update on app.users to todo_user;

-- sql/app_data/tables/spaces.sql

-- One row per person: the lock and the counter of everything in that space.
--
-- Whatever changes how many tasks there are, or where they stand, locks this row
-- first, so that two changes of one space come one after the other: counts stay exact,
-- trees stay trees, and what goes to the trash goes whole. Spaces do not wait for each
-- other.
--
-- Made with the person; written by triggers alone (todo_integrity).

create table app_data.spaces (
    user_id uuid not null,
    task_count integer not null default 0,
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint spaces_pkey primary key (user_id),
    constraint spaces_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade,
    constraint spaces_task_count_is_not_negative check (task_count >= 0)
)
-- Rewritten in place by every write: room for it on the page (HOT).
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

alter table app_data.spaces enable row level security;
alter table app_data.spaces force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.spaces
alter column user_id set statistics 0,
alter column task_count set statistics 0,
alter column space_number set statistics 0;

comment on table app_data.spaces is
'The space of one person: the lock of its writes and how much is in it.';
comment on column app_data.spaces.user_id is
'The person.';
comment on column app_data.spaces.task_count is
'How many tasks the space holds, those in the trash included.';
comment on column app_data.spaces.space_number is
'@omit
Number of the space: what the policies ask first.';

-- sql/app_data/access/spaces.sql

-- A person sees how much is in the own space. Only triggers write it.

create policy spaces_select_user on app_data.spaces
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select on app_data.spaces to todo_user;

-- app.search_tasks asks how large the caller's space is.
create policy spaces_select_searcher on app_data.spaces
for select to todo_searcher
using (true);

grant select (user_id, task_count) on app_data.spaces to todo_searcher;

-- Reached by the triggers of todo_integrity only, for rows that a policy let pass.
create policy spaces_select_integrity on app_data.spaces
for select to todo_integrity
using (true);

create policy spaces_insert_integrity on app_data.spaces
for insert to todo_integrity
with check (true);

create policy spaces_update_integrity on app_data.spaces
for update to todo_integrity
using (true)
with check (true);

grant select on app_data.spaces to todo_integrity;
grant insert (user_id) on app_data.spaces to todo_integrity;
grant update (task_count) on app_data.spaces to todo_integrity;

-- sql/app/views/spaces.sql

-- How much is in the own space. See app_data.spaces for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.spaces
with (security_invoker = true)
as
select t.*
from app_data.spaces as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.spaces is
'The space of one person: the lock of its writes and how much is in it.';
grant select on app.spaces to todo_user;

-- sql/app_data/tables/user_preferences.sql

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

-- sql/app_data/triggers/user_preferences.sql

-- A change of preferences counts and dates itself.

create trigger user_preferences_900_bump_version
before update on app_data.user_preferences
for each row execute function app_private.bump_version();

comment on trigger user_preferences_900_bump_version on app_data.user_preferences is
'Counts the version and dates the change.';

-- sql/app_data/access/user_preferences.sql

-- A person reads and changes the own preferences. The row is made at sign-up and goes
-- with the person: no INSERT, no DELETE.

create policy user_preferences_select_user on app_data.user_preferences
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy user_preferences_update_user on app_data.user_preferences
for update to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
)
with check (user_id = (select app.current_user_id()));

grant select on app_data.user_preferences to todo_user;
grant update (
    theme, language, week_starts_on, notifies_by_email, notifies_by_push,
    profile_visibility
) on app_data.user_preferences to todo_user;

create policy user_preferences_select_registrar on app_data.user_preferences
for select to todo_registrar
using (true);

create policy user_preferences_insert_registrar on app_data.user_preferences
for insert to todo_registrar
with check (true);

grant select (user_id) on app_data.user_preferences to todo_registrar;
grant insert (user_id) on app_data.user_preferences to todo_registrar;

-- sql/app/views/user_preferences.sql

-- The own preferences. See app_data.user_preferences for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.user_preferences
with (security_invoker = true)
as
select t.*
from app_data.user_preferences as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.user_preferences is
'How the application looks and behaves for one person.';
grant select, update on app.user_preferences to todo_user;

-- Work: projects, the tasks in them, and tags across them.

-- sql/app_data/tables/projects.sql

-- A list of tasks. Every person has one that is always there, the inbox: the project
-- whose id is the person's own id.
--
-- Written by the person (todo_user); the inbox is made at sign-up (todo_registrar).

create table app_data.projects (
    user_id uuid not null default app.current_user_id(),
    id uuid not null default app.uuid_v7(),
    name text not null,
    colour text not null default '#808080',
    position text collate "C" not null default app.position_now(),
    is_favourite boolean not null default false,
    is_inbox boolean not null generated always as (id = user_id) stored,
    archived_at timestamptz,
    deleted_at timestamptz,
    deletion_id uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint projects_pkey primary key (user_id, id),
    constraint projects_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade,
    constraint projects_name_is_not_blank check (
        btrim(left(name, 120), E' \t\n\r') <> ''
    ),
    constraint projects_name_is_short check (
        octet_length(name) <= 480 and char_length(name) <= 120
    ),
    constraint projects_colour_is_hexadecimal check (
        left(colour, 8) ~ '^#[0-9a-f]{6}$'
    ),
    constraint projects_position_has_form check (
        octet_length(position) <= 800
        and char_length(position) <= 200
        and position ~ '^[0-9A-Za-z]*[1-9A-Za-z]$'
    ),
    constraint projects_inbox_stays check (
        id <> user_id or (archived_at is null and deleted_at is null)
    ),
    constraint projects_deletion_is_dated check (
        (deletion_id is null) = (deleted_at is null)
    )
);

alter table app_data.projects enable row level security;
alter table app_data.projects force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.projects
alter column name set statistics 0,
alter column colour set statistics 0,
alter column position set statistics 0,
alter column deletion_id set statistics 0,
alter column version set statistics 0,
alter column created_at set statistics 0,
alter column updated_at set statistics 0,
alter column space_number set statistics 0,
alter column id set statistics 1,
alter column archived_at set statistics 1,
alter column deleted_at set statistics 1;

-- The sidebar: a person's projects in their order.
create index projects_sidebar_idx on app_data.projects (user_id, position, id)
where deleted_at is null;

comment on table app_data.projects is
'@omit delete
A list of tasks. The project whose id is the person''s own id is the inbox.';
comment on column app_data.projects.user_id is
'The space: whose project it is.';
comment on column app_data.projects.id is
'Identifier within the space; UUID version 7, made by the client or here.';
comment on column app_data.projects.name is
'Name as the person wrote it.';
comment on column app_data.projects.colour is
'Colour as #rrggbb, lower case.';
comment on column app_data.projects.position is
'Place in the sidebar: sorts as bytes; see app.position_between.';
comment on column app_data.projects.is_favourite is
'Whether the project stands among the favourites.';
comment on column app_data.projects.is_inbox is
'Whether this is the inbox, which cannot be archived or deleted.';
comment on column app_data.projects.archived_at is
'When the project was put away; null while it is in use.';
comment on column app_data.projects.deleted_at is
'When the project went to the trash; null while it is not there.';
comment on column app_data.projects.deletion_id is
'The act of deletion: rows that went together come back together.';
comment on column app_data.projects.version is
'Counted up by every change of the row.';
comment on column app_data.projects.created_at is
'When the project was made.';
comment on column app_data.projects.updated_at is
'When the row was changed last.';
comment on column app_data.projects.space_number is
'@omit
Number of the space: what the policies ask first.';
comment on index app_data.projects_sidebar_idx is
'Lists a person''s projects in their order, without the trash.';

-- sql/app_data/access/projects.sql

-- A person's projects are the person's alone.
--
-- DELETE is for ever and only from the trash (app_private.refuse_live_deletion); the
-- inbox never gets there. Not granted, on purpose: UPDATE of user_id and id (a row
-- cannot change hands), INSERT and UPDATE of what the database keeps itself (version,
-- created_at, updated_at, deletion_id). deleted_at is granted as a wish: the database
-- dates it.

create policy projects_select_user on app_data.projects
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy projects_insert_user on app_data.projects
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy projects_update_user on app_data.projects
for update to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
)
with check (user_id = (select app.current_user_id()));

create policy projects_delete_user on app_data.projects
for delete to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select, delete on app_data.projects to todo_user;
grant insert (user_id, id, name, colour, position, is_favourite)
on app_data.projects to todo_user;
grant update (
    name, colour, position, is_favourite, archived_at, deleted_at
) on app_data.projects to todo_user;

-- An account is born with its inbox.
create policy projects_select_registrar on app_data.projects
for select to todo_registrar
using (id = user_id);

create policy projects_insert_registrar on app_data.projects
for insert to todo_registrar
with check (id = user_id);

grant select (user_id, id) on app_data.projects to todo_registrar;
grant insert (user_id, id, name) on app_data.projects to todo_registrar;

-- The triggers of todo_integrity look whether a project is in the trash.
create policy projects_select_integrity on app_data.projects
for select to todo_integrity
using (true);

grant select (user_id, id, deleted_at) on app_data.projects to todo_integrity;

-- sql/app/views/projects.sql

-- The own projects. See app_data.projects for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.projects
with (security_invoker = true)
as
select t.*
from app_data.projects as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.projects is
'A list of tasks. The project whose id is the person''s own id is the inbox.';
grant select, insert, update, delete on app.projects to todo_user;

-- sql/app_data/tables/tasks.sql

-- Something to do. The widest and busiest table; every list in the application reads
-- it.
--
-- Written by the person (todo_user); the space is that of the request, unless the
-- statement names it, as the runtime's do. A task is never removed by its owner in one
-- step: it goes to the trash (deleted_at) and from there for ever.
--
-- Open work is small and the past is large: lists of open work read indexes that hold
-- nothing else, done work is read by the time it was done, and counts are kept
-- (app_data.task_counts). What is edited most, words and dates of change, stands in no
-- index, so that an edit stays on its page (HOT).
--
-- Subtasks are kept a tree by a trigger under the lock of the space
-- (app_integrity.check_place). Columns of one width stand together: no byte is
-- padding.

create table app_data.tasks (
    user_id uuid not null default app.current_user_id(),
    id uuid not null default app.uuid_v7(),
    project_id uuid not null,
    parent_id uuid,
    -- Until a project can be shared there is nobody else.
    created_by uuid not null generated always as (user_id) stored,
    assignee_id uuid,
    deletion_id uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    completed_at timestamptz,
    deleted_at timestamptz,
    due_at timestamptz generated always as (
        -- Guarded, so that an unknown zone is refused by its check, by name.
        case
            when app.is_time_zone(due_tz)
                then (due_date + due_time) at time zone due_tz
        end
    ) stored,
    due_time time,
    due_date date,
    start_date date,
    version integer not null default 1,
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    priority smallint not null default 4,
    completed boolean not null generated always as (status = 'done') stored,
    status text not null default 'todo',
    position text collate "C" not null default app.position_now(),
    title text not null,
    description text not null default '',
    due_tz text,
    constraint tasks_pkey primary key (user_id, id),
    constraint tasks_project_id_fkey foreign key (user_id, project_id)
    references app_data.projects (user_id, id) on delete cascade,
    constraint tasks_parent_id_fkey foreign key (user_id, parent_id)
    references app_data.tasks (user_id, id) on delete cascade,
    constraint tasks_title_is_not_blank check (
        btrim(left(title, 500), E' \t\n\r') <> ''
    ),
    constraint tasks_title_is_short check (
        octet_length(title) <= 2000 and char_length(title) <= 500
    ),
    constraint tasks_description_is_bounded check (
        octet_length(description) <= 80000 and char_length(description) <= 20000
    ),
    constraint tasks_status_is_known check (
        status in ('todo', 'in_progress', 'review', 'done', 'blocked')
    ),
    constraint tasks_priority_is_known check (priority between 1 and 4),
    constraint tasks_due_date_is_not_before_start check (due_date >= start_date),
    constraint tasks_due_time_has_date check (due_time is null or due_date is not null),
    constraint tasks_due_tz_has_time check (due_tz is null or due_time is not null),
    constraint tasks_due_tz_is_known check (app.is_time_zone(due_tz)),
    constraint tasks_due_date_is_in_range check (
        due_date between '1900-01-01' and '2999-12-31'
    ),
    constraint tasks_start_date_is_in_range check (
        start_date between '1900-01-01' and '2999-12-31'
    ),
    constraint tasks_position_has_form check (
        octet_length(position) <= 800
        and char_length(position) <= 200
        and position ~ '^[0-9A-Za-z]*[1-9A-Za-z]$'
    ),
    constraint tasks_assignee_is_in_space check (assignee_id = user_id),
    constraint tasks_done_is_dated check (
        (status = 'done') = (completed_at is not null)
    ),
    constraint tasks_deletion_is_dated check (
        (deletion_id is null) = (deleted_at is null)
    )
)
-- A tenth of each page is left for edits, which then stay on it (HOT).
with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

alter table app_data.tasks enable row level security;
alter table app_data.tasks force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.tasks
alter column created_by set statistics 0,
alter column assignee_id set statistics 0,
alter column deletion_id set statistics 0,
alter column created_at set statistics 0,
alter column updated_at set statistics 0,
alter column due_at set statistics 0,
alter column due_time set statistics 0,
alter column version set statistics 0,
alter column space_number set statistics 0,
alter column position set statistics 0,
alter column title set statistics 0,
alter column description set statistics 0,
alter column due_tz set statistics 0,
alter column id set statistics 1,
alter column project_id set statistics 1,
alter column parent_id set statistics 1,
alter column completed_at set statistics 1,
alter column deleted_at set statistics 1,
alter column due_date set statistics 1,
alter column start_date set statistics 1;

-- A project's page in manual order, done tasks included; serves tasks_project_id_fkey.
create index tasks_project_idx on app_data.tasks (user_id, project_id, position, id)
where deleted_at is null;

-- The subtasks of a task; serves tasks_parent_id_fkey.
create index tasks_subtasks_idx on app_data.tasks (user_id, parent_id)
where parent_id is not null;

-- The agenda: what is open and due, by day and time, across projects.
create index tasks_agenda_idx on app_data.tasks (user_id, due_date, due_time, id)
where due_date is not null and not completed and deleted_at is null;

-- Open work of one status, newest first, across projects: the id is the time of birth.
create index tasks_status_idx on app_data.tasks (user_id, status, id)
where not completed and deleted_at is null;

-- Open work of one priority, newest first, across projects.
create index tasks_priority_idx on app_data.tasks (user_id, priority, id)
where not completed and deleted_at is null;

-- "What did I do lately", and the numbers per day.
create index tasks_completed_idx on app_data.tasks (user_id, completed_at, id)
where completed and deleted_at is null;

-- The words of titles, with the space and the time of each: see app.search_tasks. What
-- is new waits in a list that every search reads, so it is kept short.
create index tasks_search_idx on app_data.tasks
using gin (app.search_vector(space_number, id, title))
with (gin_pending_list_limit = 64);
alter index app_data.tasks_search_idx alter column 1 set statistics 0;

-- The trash, newest first, and its emptying.
create index tasks_trash_idx on app_data.tasks (user_id, deleted_at, id)
where deleted_at is not null;

comment on table app_data.tasks is
'@omit delete
Something to do, in one project of one person''s space, perhaps below another task.';
comment on column app_data.tasks.user_id is
'The space: whose task it is.';
comment on column app_data.tasks.id is
'Identifier within the space; UUID version 7, made by the client or here.';
comment on column app_data.tasks.project_id is
'The project it stands in.';
comment on column app_data.tasks.parent_id is
'The task it is a part of, in the same project; null at the top.';
comment on column app_data.tasks.title is
'What is to be done, in one line.';
comment on column app_data.tasks.description is
'Notes on it, as the person wrote them.';
comment on column app_data.tasks.status is
'Where the work stands; which change is allowed: see app.is_task_transition.';
comment on column app_data.tasks.completed is
'Whether the status is done.';
comment on column app_data.tasks.priority is
'Rank: 1 is the most urgent, 4 is none.';
comment on column app_data.tasks.start_date is
'First day on which it can be worked on.';
comment on column app_data.tasks.due_date is
'Day by which it is to be done.';
comment on column app_data.tasks.due_time is
'Time of that day; null means all day.';
comment on column app_data.tasks.due_tz is
'IANA zone that pins day and time to an instant; null means wherever the person is.';
comment on column app_data.tasks.due_at is
'The instant it is due, where day, time and zone are given.';
comment on column app_data.tasks.position is
'Place in the project: sorts as bytes; see app.position_between.';
comment on column app_data.tasks.assignee_id is
'Who is to do it.';
comment on column app_data.tasks.created_by is
'Who made it.';
comment on column app_data.tasks.completed_at is
'When it was done; set and cleared with the status.';
comment on column app_data.tasks.deleted_at is
'When it went to the trash; null while it is not there.';
comment on column app_data.tasks.deletion_id is
'The act of deletion: rows that went together come back together.';
comment on column app_data.tasks.version is
'Counted up by every change of the row.';
comment on column app_data.tasks.created_at is
'When the row was made.';
comment on column app_data.tasks.updated_at is
'When the row was changed last.';
comment on column app_data.tasks.space_number is
'@omit
Number of the space: what the policies ask first.';
comment on index app_data.tasks_project_idx is
'Lists the tasks of a project in manual order.';
comment on index app_data.tasks_subtasks_idx is
'Finds the subtasks of a task.';
comment on index app_data.tasks_agenda_idx is
'Lists open tasks by due day and time across projects: today, upcoming, overdue.';
comment on index app_data.tasks_status_idx is
'Lists open tasks of one status, newest first.';
comment on index app_data.tasks_priority_idx is
'Lists open tasks of one priority, newest first.';
comment on index app_data.tasks_completed_idx is
'Lists done tasks by the moment of completion.';
comment on index app_data.tasks_search_idx is
'Finds the tasks of a space by words of their titles, newest first.';
comment on index app_data.tasks_trash_idx is
'Lists the trash, newest first.';

-- sql/app_data/tables/task_counts.sql

-- How many tasks of each status a project has: badges and dashboards read a row per
-- project instead of every task. Kept by triggers on tasks in the transaction of the
-- change, under the lock of the space (app_data.spaces), so that they are exact at any
-- time; app_private.miscounts says where they are not.
--
-- Made with the project; written by triggers alone (todo_integrity).

create table app_data.task_counts (
    user_id uuid not null,
    project_id uuid not null,
    todo integer not null default 0,
    in_progress integer not null default 0,
    review integer not null default 0,
    blocked integer not null default 0,
    done integer not null default 0,
    deleted integer not null default 0,
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint task_counts_pkey primary key (user_id, project_id),
    constraint task_counts_project_id_fkey foreign key (user_id, project_id)
    references app_data.projects (user_id, id) on delete cascade,
    constraint task_counts_are_not_negative check (
        least(todo, in_progress, review, blocked, done, deleted) >= 0
    )
)
-- Rewritten in place by every write: room for it on the page (HOT).
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

alter table app_data.task_counts enable row level security;
alter table app_data.task_counts force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.task_counts
alter column todo set statistics 0,
alter column in_progress set statistics 0,
alter column review set statistics 0,
alter column blocked set statistics 0,
alter column done set statistics 0,
alter column deleted set statistics 0,
alter column space_number set statistics 0,
alter column project_id set statistics 1;

comment on table app_data.task_counts is
'How many tasks of each status a project has.';
comment on column app_data.task_counts.user_id is
'The space.';
comment on column app_data.task_counts.project_id is
'The project.';
comment on column app_data.task_counts.todo is
'Tasks with status todo that are not in the trash.';
comment on column app_data.task_counts.in_progress is
'Tasks with status in_progress that are not in the trash.';
comment on column app_data.task_counts.review is
'Tasks with status review that are not in the trash.';
comment on column app_data.task_counts.blocked is
'Tasks with status blocked that are not in the trash.';
comment on column app_data.task_counts.done is
'Tasks with status done that are not in the trash.';
comment on column app_data.task_counts.deleted is
'Tasks in the trash, whatever their status.';
comment on column app_data.task_counts.space_number is
'@omit
Number of the space: what the policies ask first.';

-- sql/app_data/access/task_counts.sql

-- A person sees the counts of the own projects. Only triggers write them.

create policy task_counts_select_user on app_data.task_counts
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select on app_data.task_counts to todo_user;

-- Reached by the triggers of todo_integrity only, for rows that a policy let pass.
create policy task_counts_select_integrity on app_data.task_counts
for select to todo_integrity
using (true);

create policy task_counts_insert_integrity on app_data.task_counts
for insert to todo_integrity
with check (true);

create policy task_counts_update_integrity on app_data.task_counts
for update to todo_integrity
using (true)
with check (true);

grant select on app_data.task_counts to todo_integrity;
grant insert (user_id, project_id) on app_data.task_counts to todo_integrity;
grant update (todo, in_progress, review, blocked, done, deleted)
on app_data.task_counts to todo_integrity;

-- sql/app/views/task_counts.sql

-- The counts of the own projects. See app_data.task_counts for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.task_counts
with (security_invoker = true)
as
select t.*
from app_data.task_counts as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.task_counts is
'How many tasks of each status a project has.';
grant select on app.task_counts to todo_user;

-- sql/app_private/functions/follow_task_status.sql

-- The status may only take the steps of app.is_task_transition, and the date of
-- completion follows it: nobody writes completed_at.

create function app_private.follow_task_status()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE'
        and not app.is_task_transition(old.status, new.status)
    then
        raise exception 'a task cannot go from % to %', old.status, left(new.status, 20)
            using errcode = 'check_violation',
            schema = 'app_data', table = 'tasks', column = 'status',
            constraint = 'tasks_status_transition_is_allowed';
    end if;
    if new.status <> 'done' then
        new.completed_at := null;
    else
        new.completed_at := now();
    end if;
    return new;
end
$$;

comment on function app_private.follow_task_status() is
'Trigger: allows only the steps of app.is_task_transition and dates the completion.';

-- sql/app_private/functions/refuse_live_deletion.sql

-- DELETE is for ever, so a person may delete only what is in the trash, and is told
-- so. What goes with its project or its person goes by the foreign keys, as the owner.

create function app_private.refuse_live_deletion()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if current_user = 'todo_user' then
        raise exception 'only what is in the trash can be deleted for ever'
            using errcode = 'check_violation',
            schema = tg_table_schema, table = tg_table_name,
            constraint = tg_table_name || '_deleted_is_in_trash',
            hint = 'app.delete_task and app.delete_project put it there.';
    end if;
    return old;
end
$$;

comment on function app_private.refuse_live_deletion() is
'Trigger: refuses to delete for ever what is not in the trash.';

-- sql/app_data/triggers/projects.sql

-- A change of a project counts and dates itself; a deleted one holds no live task.

create trigger projects_050_refuse_live_deletion
before delete on app_data.projects
for each row when (old.deleted_at is null)
execute function app_private.refuse_live_deletion();

create trigger projects_150_date_deletion
before update of deleted_at on app_data.projects
for each row when (old.deleted_at is distinct from new.deleted_at)
execute function app_private.date_deletion();

create trigger projects_500_begin_counts
after insert on app_data.projects
for each row execute function app_integrity.begin_counts();

create trigger projects_520_check_emptied
after update of deleted_at on app_data.projects
for each row when (old.deleted_at is null and new.deleted_at is not null)
execute function app_integrity.check_emptied_project();

create trigger projects_900_bump_version
before update on app_data.projects
for each row execute function app_private.bump_version();

comment on trigger projects_050_refuse_live_deletion on app_data.projects is
'Refuses to delete for ever what is not in the trash.';
comment on trigger projects_150_date_deletion on app_data.projects is
'Dates a deletion and names its act.';
comment on trigger projects_500_begin_counts on app_data.projects is
'Gives a new project its counts.';
comment on trigger projects_520_check_emptied on app_data.projects is
'Keeps live tasks from standing in a deleted project.';
comment on trigger projects_900_bump_version on app_data.projects is
'Counts the version and dates the change.';

-- sql/app_data/triggers/tasks.sql

-- What happens when a task is written, in three stages: before the statement the lock
-- of the space, before each row what the database fills in, after the statement the
-- counts and the checks of the finished rows. The numbers in the names are the order
-- within a stage (PostgreSQL goes by name).

create trigger tasks_000_lock_space
before update of project_id, parent_id, status, deleted_at or delete on app_data.tasks
for each statement execute function app_integrity.lock_before_write();

create trigger tasks_050_refuse_live_deletion
before delete on app_data.tasks
for each row when (old.deleted_at is null)
execute function app_private.refuse_live_deletion();

create trigger tasks_150_date_deletion
before update of deleted_at on app_data.tasks
for each row when (old.deleted_at is distinct from new.deleted_at)
execute function app_private.date_deletion();

-- A task that begins its life undone has nothing to follow.
create trigger tasks_200_follow_status_on_insert
before insert on app_data.tasks
for each row when (new.status = 'done')
execute function app_private.follow_task_status();

create trigger tasks_200_follow_status
before update of status on app_data.tasks
for each row when (old.status <> new.status)
execute function app_private.follow_task_status();

create trigger tasks_900_bump_version
before update on app_data.tasks
for each row execute function app_private.bump_version();

create trigger tasks_500_count_inserted
after insert on app_data.tasks
referencing new table as changed
for each statement execute function app_integrity.count_tasks();

create trigger tasks_500_count_deleted
after delete on app_data.tasks
referencing old table as changed
for each statement execute function app_integrity.count_tasks();

create trigger tasks_510_recount
after update of project_id, status, deleted_at on app_data.tasks
for each row when (
    old.project_id <> new.project_id
    or old.status <> new.status
    or (old.deleted_at is null) <> (new.deleted_at is null)
)
execute function app_integrity.recount_task();

create trigger tasks_520_check_moved
after update of project_id, parent_id, deleted_at on app_data.tasks
for each row when (
    old.project_id <> new.project_id
    or old.parent_id is distinct from new.parent_id
    or (old.deleted_at is null) <> (new.deleted_at is null)
)
execute function app_integrity.check_moved_task();

comment on trigger tasks_000_lock_space on app_data.tasks is
'Takes the lock of the space before any lock of a row.';
comment on trigger tasks_050_refuse_live_deletion on app_data.tasks is
'Refuses to delete for ever what is not in the trash.';
comment on trigger tasks_150_date_deletion on app_data.tasks is
'Dates a deletion and names its act.';
comment on trigger tasks_200_follow_status_on_insert on app_data.tasks is
'Dates the completion of a task that is born done.';
comment on trigger tasks_200_follow_status on app_data.tasks is
'Allows only known steps of the status and dates the completion.';
comment on trigger tasks_900_bump_version on app_data.tasks is
'Counts the version and dates the change.';
comment on trigger tasks_500_count_inserted on app_data.tasks is
'Counts new tasks, and looks at their places.';
comment on trigger tasks_500_count_deleted on app_data.tasks is
'Counts tasks that are gone.';
comment on trigger tasks_510_recount on app_data.tasks is
'Counts a task where it is now.';
comment on trigger tasks_520_check_moved on app_data.tasks is
'Keeps trees trees, and live tasks out of deleted places.';

-- sql/app_data/access/tasks.sql

-- A person's tasks are the person's alone.
--
-- DELETE is for ever and only from the trash (app_private.refuse_live_deletion). Not
-- granted, on purpose: UPDATE of user_id, id and created_by (a row cannot change hands
-- or history), INSERT and UPDATE of what the database keeps itself (completed_at,
-- version, created_at, updated_at). deleted_at is granted as a wish: whatever the
-- statement says, the database dates it and sets deletion_id
-- (app_private.date_deletion).

create policy tasks_select_user on app_data.tasks
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy tasks_insert_user on app_data.tasks
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy tasks_update_user on app_data.tasks
for update to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
)
with check (user_id = (select app.current_user_id()));

create policy tasks_delete_user on app_data.tasks
for delete to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select, delete on app_data.tasks to todo_user;
grant insert (
    user_id, id, project_id, parent_id, title, description, status, priority,
    start_date, due_date, due_time, due_tz, position, assignee_id
) on app_data.tasks to todo_user;
grant update (
    project_id, parent_id, title, description, status, priority,
    start_date, due_date, due_time, due_tz, position, assignee_id, deleted_at
) on app_data.tasks to todo_user;

-- app.search_tasks, which compares each row with who asks.
create policy tasks_select_searcher on app_data.tasks
for select to todo_searcher
using (true);

grant select (
    user_id, id, project_id, parent_id, created_at, deleted_at, due_time, due_date,
    start_date, version, space_number, priority, completed, status, title
) on app_data.tasks to todo_searcher;

-- The triggers of todo_integrity look at places and states, never at words.
create policy tasks_select_integrity on app_data.tasks
for select to todo_integrity
using (true);

grant select (user_id, id, project_id, parent_id, status, deleted_at)
on app_data.tasks to todo_integrity;

-- sql/app/views/tasks.sql

-- The own tasks. See app_data.tasks for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.tasks
with (security_invoker = true)
as
select t.*
from app_data.tasks as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.tasks is
'Something to do, in one project of one person''s space, perhaps below another task.';
grant select, insert, update, delete on app.tasks to todo_user;

-- sql/app_data/tables/tags.sql

-- A word that a person puts on tasks, across projects. Unique as people read it: case,
-- full width, invisible characters and outer blanks make no second tag.

create table app_data.tags (
    user_id uuid not null default app.current_user_id(),
    id uuid not null default app.uuid_v7(),
    name text not null,
    name_key text not null generated always as (app.fold_name(name)) stored,
    colour text not null default '#808080',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint tags_pkey primary key (user_id, id),
    constraint tags_name_key_key unique (user_id, name_key),
    constraint tags_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade,
    constraint tags_name_is_short check (
        octet_length(name) <= 240 and char_length(name) <= 60
    ),
    constraint tags_colour_is_hexadecimal check (left(colour, 8) ~ '^#[0-9a-f]{6}$'),
    -- The signs that leave nothing of the key: blanks, soft hyphen, zero-width and
    -- direction marks. Said of the name itself, so that a client can check it, too.
    constraint tags_name_is_visible check (
        left(name, 60)
        ~ '[^ \t\n\r\u00a0\u00ad\u180e\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff]'
    )
);

alter table app_data.tags enable row level security;
alter table app_data.tags force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.tags
alter column name set statistics 0,
alter column name_key set statistics 0,
alter column colour set statistics 0,
alter column version set statistics 0,
alter column created_at set statistics 0,
alter column updated_at set statistics 0,
alter column space_number set statistics 0,
alter column id set statistics 1;

comment on table app_data.tags is
'A word that a person puts on tasks, across projects.';
comment on column app_data.tags.user_id is
'The space: whose tag it is.';
comment on column app_data.tags.id is
'Identifier within the space; UUID version 7, made by the client or here.';
comment on column app_data.tags.name is
'Name as the person wrote it.';
comment on column app_data.tags.name_key is
'What makes two names the same tag: see app.fold_name.';
comment on column app_data.tags.colour is
'Colour as #rrggbb, lower case.';
comment on column app_data.tags.version is
'Counted up by every change of the row.';
comment on column app_data.tags.created_at is
'When the tag was made.';
comment on column app_data.tags.updated_at is
'When the row was changed last.';
comment on column app_data.tags.space_number is
'@omit
Number of the space: what the policies ask first.';
comment on index app_data.tags_name_key_key is
'Finds a tag by its name, and lists a person''s tags in order of name.';

-- sql/app_data/triggers/tags.sql

-- A change of a tag counts and dates itself.

create trigger tags_900_bump_version
before update on app_data.tags
for each row execute function app_private.bump_version();

comment on trigger tags_900_bump_version on app_data.tags is
'Counts the version and dates the change.';

-- sql/app_data/access/tags.sql

-- A person's tags are the person's alone. A tag is removed at once, from its tasks
-- too.

create policy tags_select_user on app_data.tags
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy tags_insert_user on app_data.tags
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy tags_update_user on app_data.tags
for update to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
)
with check (user_id = (select app.current_user_id()));

create policy tags_delete_user on app_data.tags
for delete to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select, delete on app_data.tags to todo_user;
grant insert (user_id, id, name, colour) on app_data.tags to todo_user;
grant update (name, colour) on app_data.tags to todo_user;

-- sql/app/views/tags.sql

-- The own tags. See app_data.tags for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.tags
with (security_invoker = true)
as
select t.*
from app_data.tags as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.tags is
'A word that a person puts on tasks, across projects.';
grant select, insert, update, delete on app.tags to todo_user;

-- sql/app_data/tables/task_tags.sql

-- Which tag is on which task. Both foreign keys begin with the same user_id, so a tag
-- of one user cannot be put on a task of another.

create table app_data.task_tags (
    user_id uuid not null default app.current_user_id(),
    task_id uuid not null,
    tag_id uuid not null,
    created_at timestamptz not null default now(),
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint task_tags_pkey primary key (user_id, task_id, tag_id)
    include (space_number),
    constraint task_tags_task_id_fkey foreign key (user_id, task_id)
    references app_data.tasks (user_id, id) on delete cascade,
    constraint task_tags_tag_id_fkey foreign key (user_id, tag_id)
    references app_data.tags (user_id, id) on delete cascade
);

alter table app_data.task_tags enable row level security;
alter table app_data.task_tags force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.task_tags
alter column created_at set statistics 0,
alter column space_number set statistics 0,
alter column task_id set statistics 1,
alter column tag_id set statistics 1;

-- Said instead of sampled: five hundred tasks to a tag of a space that holds half of
-- everything. By fewer a tag is read whole and sorted for a page of its newest.
alter table app_data.task_tags alter column tag_id set (n_distinct = -0.002);

-- The tasks of a tag, newest first; serves task_tags_tag_id_fkey. With the number of
-- the space it holds all that the policy asks for, so that the table is not read.
create index task_tags_tag_idx on app_data.task_tags (user_id, tag_id, task_id)
include (space_number);

comment on table app_data.task_tags is
'A tag on a task.';
comment on column app_data.task_tags.user_id is
'The space of both.';
comment on column app_data.task_tags.task_id is
'The task.';
comment on column app_data.task_tags.tag_id is
'The tag.';
comment on column app_data.task_tags.created_at is
'When the tag was put on the task.';
comment on column app_data.task_tags.space_number is
'@omit
Number of the space: what the policies ask first.';
comment on index app_data.task_tags_tag_idx is
'Lists the tasks of a tag.';

-- sql/app_data/access/task_tags.sql

-- Tags are put on and taken off; there is nothing to update.

create policy task_tags_select_user on app_data.task_tags
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy task_tags_insert_user on app_data.task_tags
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy task_tags_delete_user on app_data.task_tags
for delete to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

grant select, delete on app_data.task_tags to todo_user;
grant insert (user_id, task_id, tag_id) on app_data.task_tags to todo_user;

-- sql/app/views/task_tags.sql

-- Which of the own tags are on which tasks. See app_data.task_tags for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.task_tags
with (security_invoker = true)
as
select t.*
from app_data.task_tags as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.task_tags is
'A tag on a task.';
grant select, insert, delete on app.task_tags to todo_user;

-- sql/app_private/views/miscounts.sql

-- Where counts and rows differ. Empty, always; whoever finds a row here has found a
-- fault of the triggers on app_data.tasks. Reads every task: for tests and for
-- operators with BYPASSRLS, whom row-level security does not filter.

create view app_private.miscounts
with (security_invoker = true)
as
with states as (
    select
        t.user_id,
        t.project_id,
        case when t.deleted_at is null then t.status else 'deleted' end as state
    from app_data.tasks as t
),

counted as (
    select
        s.user_id,
        s.project_id,
        count(*) as tasks,
        count(*) filter (where s.state = 'todo') as todo,
        count(*) filter (where s.state = 'in_progress') as in_progress,
        count(*) filter (where s.state = 'review') as review,
        count(*) filter (where s.state = 'blocked') as blocked,
        count(*) filter (where s.state = 'done') as done,
        count(*) filter (where s.state = 'deleted') as deleted
    from states as s
    group by s.user_id, s.project_id
),

whole as (
    select
        c.user_id,
        sum(c.tasks) as tasks
    from counted as c
    group by c.user_id
)

select
    p.user_id,
    p.id as project_id
from app_data.projects as p
left join app_data.task_counts as n on p.user_id = n.user_id and p.id = n.project_id
left join counted as c on p.user_id = c.user_id and p.id = c.project_id
where
    n.todo is distinct from coalesce(c.todo, 0)
    or n.in_progress is distinct from coalesce(c.in_progress, 0)
    or n.review is distinct from coalesce(c.review, 0)
    or n.blocked is distinct from coalesce(c.blocked, 0)
    or n.done is distinct from coalesce(c.done, 0)
    or n.deleted is distinct from coalesce(c.deleted, 0)
union all
select
    u.id as user_id,
    null as project_id
from app_data.users as u
left join app_data.spaces as s on u.id = s.user_id
left join whole as w on u.id = w.user_id
where s.task_count is distinct from coalesce(w.tasks, 0);

comment on view app_private.miscounts is
'Projects and spaces whose counts are not what their tasks say; always empty.';
comment on column app_private.miscounts.user_id is
'The space.';
comment on column app_private.miscounts.project_id is
'The project; null where the count of the whole space is wrong.';

-- What one statement cannot say: acts on a whole subtree or project.

-- sql/app/functions/delete_task.sql

-- Puts a task and everything below it in the trash, as one act that can be taken back
-- as one (app.restore_task). What was in the trash before stays a deletion of its own.
--
-- SECURITY INVOKER: the policies decide, as for any statement of the caller.

create function app.delete_task(p_task_id uuid)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    -- First the lock of the space, then what the tree looks like.
    v_user_id constant uuid := app_integrity.lock_space();
    v_count integer;
begin
    perform from app.tasks as t where t.user_id = v_user_id and t.id = p_task_id;
    if not found then
        raise exception 'there is no such task' using errcode = 'no_data_found';
    end if;
    perform set_config('app.deletion_id', app.uuid_v7()::text, true);
    with recursive subtree as (
        select t.id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id and t.deleted_at is null
        union all
        select c.id from app.tasks as c
        inner join subtree as s on c.parent_id = s.id
        where c.user_id = v_user_id and c.deleted_at is null
    )
    update app.tasks as t
    set deleted_at = now()
    from subtree as s
    where t.user_id = v_user_id and t.id = s.id;
    get diagnostics v_count = row_count;
    perform set_config('app.deletion_id', '', true);
    return v_count;
end
$$;

comment on function app.delete_task(uuid) is
'Puts a task with its subtasks in the trash and says how many rows went; 0 when it was there already; P0002 when there is no such task.';
grant execute on function app.delete_task(uuid) to todo_user;

-- sql/app/functions/restore_task.sql

-- Takes back one deletion: the task and what went to the trash with it, and nothing
-- that had been there before. Below a parent or project that is still in the trash it
-- is refused (tasks_place_is_not_deleted), not put somewhere else without being asked.
--
-- SECURITY INVOKER: the policies decide, as for any statement of the caller.

create function app.restore_task(p_task_id uuid)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    -- First the lock of the space, then what the tree looks like.
    v_user_id constant uuid := app_integrity.lock_space();
    v_count integer;
begin
    perform from app.tasks as t where t.user_id = v_user_id and t.id = p_task_id;
    if not found then
        raise exception 'there is no such task' using errcode = 'no_data_found';
    end if;
    with recursive subtree as (
        select t.id, t.deletion_id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id and t.deleted_at is not null
        union all
        select c.id, c.deletion_id from app.tasks as c
        inner join subtree as s on c.parent_id = s.id and c.deletion_id = s.deletion_id
        where c.user_id = v_user_id
    )
    update app.tasks as t
    set deleted_at = null
    from subtree as s
    where t.user_id = v_user_id and t.id = s.id;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function app.restore_task(uuid) is
'Takes a task out of the trash with what was deleted together with it and says how many rows came back; 0 when it was not there; P0002 when there is no such task.';
grant execute on function app.restore_task(uuid) to todo_user;

-- sql/app/functions/move_task.sql

-- Moves a task with everything below it: to another project, below another task, or to
-- the top. One statement writes what changes, and its place is looked at when that is
-- complete (app_integrity.check_moved_task); within a project only the task itself is
-- written.
--
-- SECURITY INVOKER: the policies decide, as for any statement of the caller.

create function app.move_task(
    p_task_id uuid, p_project_id uuid, p_parent_id uuid default null
)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    -- First the lock of the space, then what the tree looks like.
    v_user_id constant uuid := app_integrity.lock_space();
    v_count integer;
begin
    perform from app.tasks as t where t.user_id = v_user_id and t.id = p_task_id;
    if not found then
        raise exception 'there is no such task' using errcode = 'no_data_found';
    end if;

    with recursive subtree as (
        select t.id, t.project_id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id
        union all
        select c.id, c.project_id from app.tasks as c
        inner join subtree as s on c.parent_id = s.id
        where c.user_id = v_user_id and c.project_id <> p_project_id
    )
    update app.tasks as t
    set
        project_id = p_project_id,
        parent_id = case when t.id = p_task_id then p_parent_id else t.parent_id end
    from subtree as s
    where t.user_id = v_user_id and t.id = s.id;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function app.move_task(uuid, uuid, uuid) is
'Moves a task with its subtasks to a project, below a task or to the top (null), and says how many rows it wrote; P0002 when there is no such task.';
grant execute on function app.move_task(uuid, uuid, uuid) to todo_user;

-- sql/app/functions/delete_project.sql

-- Puts a project and its live tasks in the trash as one act. The inbox stays
-- (projects_inbox_stays).
--
-- SECURITY INVOKER: the policies decide, as for any statement of the caller.

create function app.delete_project(p_project_id uuid)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app_integrity.lock_space();
    v_deleted_at timestamptz;
    v_count integer;
begin
    select p.deleted_at into v_deleted_at
    from app.projects as p
    where p.user_id = v_user_id and p.id = p_project_id;
    if not found then
        raise exception 'there is no such project' using errcode = 'no_data_found';
    end if;
    if v_deleted_at is not null then
        return 0;
    end if;
    perform set_config('app.deletion_id', app.uuid_v7()::text, true);
    update app.tasks as t
    set deleted_at = now()
    where t.user_id = v_user_id
    and t.project_id = p_project_id
    and t.deleted_at is null;
    get diagnostics v_count = row_count;
    update app.projects as p
    set deleted_at = now()
    where p.user_id = v_user_id and p.id = p_project_id;
    perform set_config('app.deletion_id', '', true);
    return v_count + 1;
end
$$;

comment on function app.delete_project(uuid) is
'Puts a project with its tasks in the trash and says how many rows went; 0 when it was there already, P0002 when there is no such project.';
grant execute on function app.delete_project(uuid) to todo_user;

-- sql/app/functions/restore_project.sql

-- Takes a project out of the trash with the tasks that went there with it, and none
-- that had been deleted before.
--
-- SECURITY INVOKER: the policies decide, as for any statement of the caller.

create function app.restore_project(p_project_id uuid)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app_integrity.lock_space();
    v_deletion_id uuid;
    v_count integer;
begin
    select p.deletion_id into v_deletion_id
    from app.projects as p
    where p.user_id = v_user_id and p.id = p_project_id;
    if not found then
        raise exception 'there is no such project' using errcode = 'no_data_found';
    end if;
    if v_deletion_id is null then
        return 0;
    end if;
    update app.projects as p
    set deleted_at = null
    where p.user_id = v_user_id and p.id = p_project_id;
    update app.tasks as t
    set deleted_at = null
    where t.user_id = v_user_id
    and t.project_id = p_project_id
    and t.deletion_id = v_deletion_id;
    get diagnostics v_count = row_count;
    return v_count + 1;
end
$$;

comment on function app.restore_project(uuid) is
'Takes a project out of the trash with what was deleted together with it and says how many rows came back; 0 when it was not there, P0002 when there is no such project.';
grant execute on function app.restore_project(uuid) to todo_user;

-- Search: the one function that reads across spaces, by a role that may do no more.
grant create on schema app to todo_searcher;

set local role todo_searcher;

-- sql/app/functions/search_tasks.sql

-- The newest tasks whose title has all the words, without the trash.
--
-- A condition with @@ is not leakproof: under row-level security it is asked of every
-- row of the space, and an index of words is of no use (docs/decisions/0018). Here it
-- is asked of the index, for words that only the caller's rows carry, and each row is
-- compared with the caller's id before it is given out.
--
-- The index gives matches in no order, so that it is asked for one stretch of time
-- after the other, newest first; how long the next is follows from how much the last
-- ones gave. A word costs what is shown, whether every task has it or hardly any.
-- A stretch is some of the buckets that app.search_vector marks.
--
-- SECURITY DEFINER, owned by todo_searcher, which owns nothing else and may write
-- nothing: no policy but a plain one lets a condition into the index.

create function app.search_tasks(
    p_query text, p_limit integer default 20, p_before uuid default null
)
-- What a list shows. Notes it does not read, and has no right to.
returns table (
    id uuid, project_id uuid, parent_id uuid, title text, status text,
    completed boolean, priority smallint, start_date date, due_date date,
    due_time time, version integer, created_at timestamptz
)
language plpgsql
stable
parallel unsafe
security definer
rows 20
set search_path = pg_catalog, pg_temp
-- Set off by whoever asks, it would make this function raise.
set row_security = on
as $$
declare
    v_user_id constant uuid := app.current_user_id();
    v_mark constant text := to_hex(app.space_number(v_user_id));
    -- Neither quotes nor backslashes are left in a word.
    v_words constant tsquery := (
        select string_agg(quote_literal(v_mark || '~' || w), '&')::tsquery
        from string_to_table(app.search_words(left(p_query, 200)), ' ') as w
        where w <> ''
    );
    v_left integer := least(greatest(p_limit, 0), 200);
    v_below uuid := p_before;
    v_from bigint; -- the first eight digits of the newest id that is not looked at yet
    v_end bigint; -- those of the oldest of the stretch
    v_count integer; -- of the space's tasks
    v_width bigint; -- of the stretch, in buckets of 3 days; 0 is all the rest
    v_bits integer; -- of an id's first 32 that are not in a bucket's mark
    v_found integer;
    v_all integer := 0;
    v_top bigint;
    v_query tsquery;
begin
    if v_user_id is null or v_words is null then
        return;
    end if;
    select s.task_count into v_count from app_data.spaces as s
    where s.user_id = v_user_id;
    if v_count < 100 then
        v_width := 0;
    else
        -- Some five hundred tasks, had it grown evenly for two years.
        v_width := least(500 * 235 / v_count + 1, 16);
        select t.id into v_below from app_data.tasks as t
        where t.user_id = v_user_id and (p_before is null or t.id < p_before)
        order by t.id desc limit 1;
        v_from := ('x' || left(v_below::text, 8))::bit(32)::bigint;
        v_below := p_before;
    end if;
    v_top := v_from;
    while v_left > 0 loop
        -- Buckets of 3 days, 50 or 199, by how many are needed: each costs four pages.
        v_bits := case when v_width <= 6 then 12 when v_width <= 48 then 16 else 18 end;
        if v_width = 0 or v_width > 384 or v_from is null then
            v_width := 0;
            v_query := v_words;
        else
            v_end := greatest(
                (v_from >> v_bits) - (greatest((v_width << 12) >> v_bits, 1) - 1), 0
            ) << v_bits;
            select v_words && string_agg(quote_literal(case v_bits
                when 12 then v_mark || '.' || lpad(to_hex(n), 5, '0')
                when 16 then v_mark || '.' || lpad(to_hex(n), 4, '0')
                else v_mark || '.~' || lpad(to_hex(n * 4), 4, '0')
            end), '|')::tsquery into v_query
            from generate_series(v_end >> v_bits, v_from >> v_bits) as n;
        end if;

        return query
        select
            t.id, t.project_id, t.parent_id, t.title, t.status, t.completed, t.priority,
            t.start_date, t.due_date, t.due_time, t.version, t.created_at
        from app_data.tasks as t
        where app.search_vector(t.space_number, t.id, t.title) @@ v_query
        -- In this form the planner has no other index to choose.
        and (t.user_id = v_user_id) is true
        and (v_below is null or t.id < v_below)
        and t.deleted_at is null
        order by t.id desc limit v_left;
        get diagnostics v_found = row_count;

        exit when v_width = 0 or v_end = 0;
        v_left := v_left - v_found;
        v_all := v_all + v_found;
        v_below := rpad(lpad(to_hex(v_end), 8, '0'), 32, '0')::uuid;
        v_from := v_end - 1;
        -- So much that what is missing should be in it, and a quarter more.
        if v_all = 0 then
            v_width := case when v_width < 16 then 16 else v_width * 4 end;
        else
            v_width := (((v_top - v_from) * v_left * 5 / (v_all * 4)) >> 12) + 1;
        end if;
    end loop;
end
$$;

comment on function app.search_tasks(text, integer, uuid) is
'The newest tasks of the person that have all the words of the query in their titles, at most 200; those made before a given one, for the next page.';
grant execute on function app.search_tasks(text, integer, uuid) to todo_user;

set local role todo_owner;
revoke create on schema app from todo_searcher;

-- Work that is asked for twice is done once.

-- sql/app_data/tables/commands.sql

-- Which commands were carried out: a client that lost the answer asks again with the
-- same id, and the work is done once (RFC 9110, section 9.2.2). The row is written by
-- the transaction that does the work: it stands exactly if the work does.

create table app_data.commands (
    user_id uuid not null default app.current_user_id(),
    id uuid not null,
    created_at timestamptz not null default now(),
    space_number integer not null
    generated always as (app.space_number(user_id)) stored,
    constraint commands_pkey primary key (user_id, id),
    constraint commands_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade
);

alter table app_data.commands enable row level security;
alter table app_data.commands force row level security;

-- EXPLAIN shows what the planner has samples of: none of words and of what no query is
-- planned by, two values of ids and dates (docs/decisions/0016).
alter table app_data.commands
alter column user_id set statistics 0,
alter column id set statistics 0,
alter column created_at set statistics 0,
alter column space_number set statistics 0;

comment on table app_data.commands is
'A command that was carried out, so that it is not carried out twice.';
comment on column app_data.commands.user_id is
'Whose command it was.';
comment on column app_data.commands.id is
'Identifier that the client gave it.';
comment on column app_data.commands.created_at is
'When it was carried out.';
comment on column app_data.commands.space_number is
'@omit
Number of the space: what the policies ask first.';

-- sql/app_data/access/commands.sql

-- A person notes and sees the own commands; what was noted stays as it is.

create policy commands_select_user on app_data.commands
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);

create policy commands_insert_user on app_data.commands
for insert to todo_user
with check (user_id = (select app.current_user_id()));

grant select on app_data.commands to todo_user;
grant insert (user_id, id) on app_data.commands to todo_user;

-- sql/app/views/commands.sql

-- The own commands. See app_data.commands for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.commands
with (security_invoker = true)
as
select t.*
from app_data.commands as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.commands is
'A command that was carried out, so that it is not carried out twice.';
grant select, insert on app.commands to todo_user;

-- Signing up and logging in: the only functions that read other people's rows.
reset role;

set local role todo_registrar;

-- sql/app_auth/tables/sign_ups.sql

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

-- sql/app_auth/access/sign_ups.sql

-- Only the registrar, as the owner: no role that the backend can become is granted
-- anything here. An attempt is never changed.

create policy sign_ups_select_registrar on app_auth.sign_ups
for select to todo_registrar
using (true);

create policy sign_ups_insert_registrar on app_auth.sign_ups
for insert to todo_registrar
with check (true);

create policy sign_ups_update_registrar on app_auth.sign_ups
for update to todo_registrar
using (true)
with check (true);

create policy sign_ups_delete_registrar on app_auth.sign_ups
for delete to todo_registrar
using (true);

-- sql/app_auth/tables/password_resets.sql

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

-- sql/app_auth/access/password_resets.sql

-- Only the registrar, as the owner; nobody is granted anything. A link is never
-- changed.

create policy password_resets_select_registrar on app_auth.password_resets
for select to todo_registrar
using (true);

create policy password_resets_insert_registrar on app_auth.password_resets
for insert to todo_registrar
with check (true);

create policy password_resets_update_registrar on app_auth.password_resets
for update to todo_registrar
using (true)
with check (true);

create policy password_resets_delete_registrar on app_auth.password_resets
for delete to todo_registrar
using (true);

-- sql/app_auth/tables/login_attempts.sql

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

-- sql/app_auth/access/login_attempts.sql

-- Only the registrar, as the owner; nobody is granted anything.

create policy login_attempts_select_registrar on app_auth.login_attempts
for select to todo_registrar
using (true);

create policy login_attempts_insert_registrar on app_auth.login_attempts
for insert to todo_registrar
with check (true);

create policy login_attempts_update_registrar on app_auth.login_attempts
for update to todo_registrar
using (true)
with check (true);

create policy login_attempts_delete_registrar on app_auth.login_attempts
for delete to todo_registrar
using (true);

-- sql/app_auth/tables/sessions.sql

-- Log-ins: one row for each device that a person is logged in on. A log-in that has
-- ended is not there any more, and with it go all its refresh tokens.
--
-- Its row is what requests of one log-in stand in line for.

create table app_auth.sessions (
    user_id uuid not null,
    id uuid not null default app.uuid_v7(),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '90 days',
    constraint sessions_pkey primary key (user_id, id),
    constraint sessions_user_id_fkey foreign key (user_id)
    references app_data.users (id) on delete cascade,
    constraint sessions_expires_later check (expires_at > created_at)
);

alter table app_auth.sessions enable row level security;
alter table app_auth.sessions force row level security;

-- Each log-in removes two that have expired.
create index sessions_expires_at_idx on app_auth.sessions (expires_at);

comment on table app_auth.sessions is
'Log-ins that have not ended, each with the family of its refresh tokens.';
comment on column app_auth.sessions.user_id is
'Who is logged in.';
comment on column app_auth.sessions.id is
'Identifier within the space.';
comment on column app_auth.sessions.created_at is
'When the password was given.';
comment on column app_auth.sessions.expires_at is
'When the password must be given again, however often the log-in was continued.';
comment on index app_auth.sessions_expires_at_idx is
'Finds log-ins that are too old.';

-- sql/app_auth/access/sessions.sql

-- Only the registrar, as the owner; nobody is granted anything.

create policy sessions_select_registrar on app_auth.sessions
for select to todo_registrar
using (true);

create policy sessions_insert_registrar on app_auth.sessions
for insert to todo_registrar
with check (true);

create policy sessions_update_registrar on app_auth.sessions
for update to todo_registrar
using (true)
with check (true);

create policy sessions_delete_registrar on app_auth.sessions
for delete to todo_registrar
using (true);

-- sql/app_auth/tables/refresh_tokens.sql

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

-- sql/app_auth/access/refresh_tokens.sql

-- Only the registrar, as the owner; nobody is granted anything.

create policy refresh_tokens_select_registrar on app_auth.refresh_tokens
for select to todo_registrar
using (true);

create policy refresh_tokens_insert_registrar on app_auth.refresh_tokens
for insert to todo_registrar
with check (true);

create policy refresh_tokens_update_registrar on app_auth.refresh_tokens
for update to todo_registrar
using (true)
with check (true);

create policy refresh_tokens_delete_registrar on app_auth.refresh_tokens
for delete to todo_registrar
using (true);

-- sql/app_auth/functions/is_admitted.sql

-- Whether a person may act with what was signed then: the account is active, and the
-- person has not ended everything older since (a new password, log out everywhere).
-- Asked by every identity of every request, so that both hold from the next statement
-- on.
--
-- SECURITY DEFINER, owned by todo_registrar, the only role that reads accounts; a
-- function of the owner would see nothing, because row-level security is forced.

create function app_auth.is_admitted(p_user_id uuid, p_signed_at bigint)
returns boolean
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from app_data.users as u
        where u.id = p_user_id
        and u.is_active
        and (
            u.tokens_valid_since is null
            -- The second in which it was set counts: signing dates are whole seconds.
            or p_signed_at >= floor(extract(epoch from u.tokens_valid_since))
        )
    );
end
$$;

comment on function app_auth.is_admitted(uuid, bigint) is
'Whether the person is there and active, and a token signed in that Unix second is not older than the person wants.';
grant execute on function app_auth.is_admitted(uuid, bigint) to todo_owner;

-- sql/app_auth/functions/email_hash.sql

-- What an address is counted by: the same however its letters are cased, and 32 bytes
-- whoever made it up. No address is longer than 254 characters, and nothing is worked
-- out for one that is.

create function app_auth.email_hash(p_email text)
returns bytea
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if octet_length(p_email) > 4 * 254 or char_length(p_email) > 254 then
        raise exception 'an e-mail address has at most 254 characters'
            using errcode = 'check_violation', constraint = 'users_email_is_short';
    end if;
    return sha256(convert_to(lower(p_email), 'UTF8'));
end
$$;

comment on function app_auth.email_hash(text) is
'SHA-256 of an address in lower case; SQLSTATE 23514 for one that is too long.';

-- sql/app_auth/functions/sign_up.sql

-- Writes down an attempt to sign up. No account is looked at, let alone changed, so
-- that neither the answer, nor the time it takes, nor a lock tells whether there is
-- one, and nobody can park an account under somebody else's address: see
-- app_auth.verify_email.
--
-- SECURITY DEFINER, owned by todo_registrar: writes before anybody is known. What it
-- may be asked is bound by the request's token (app_private.require_scope).

create function app_auth.sign_up(
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
begin
    perform app_private.require_scope('sign_up', p_email);

    delete from app_auth.sign_ups where token_hash in (
        select s.token_hash from app_auth.sign_ups as s
        where s.expires_at <= now()
        order by s.expires_at limit 2 for update skip locked
    );
    insert into app_auth.sign_ups (
        email, first_name, last_name, password_hash, token_hash, time_zone
    ) values (
        p_email, p_first_name, p_last_name, p_password_hash, p_token_hash, p_time_zone
    );
end
$$;

comment on function app_auth.sign_up(text, text, text, text, bytea, text) is
'Writes down an attempt to sign up that waits for its address to be verified; does the same for an address that has an account.';
grant execute on function app_auth.sign_up(text, text, text, text, bytea, text)
to todo_auth;

-- sql/app_auth/functions/find_sign_up.sql

-- The hash that the password has to match that is given together with a verification
-- link: that of the attempt which the link belongs to. As in app_auth.find_login there
-- is always one; for a link that opens nothing it is a decoy.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.find_sign_up(p_token_hash bytea)
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
    perform app_private.require_scope('find_sign_up', encode(substr(p_token_hash, 1, 33), 'hex'));
    v_decoy := app_private.decoy_hash(encode(substr(p_token_hash, 1, 33), 'hex'));
    select s.password_hash into v_hash
    from app_auth.sign_ups as s
    where s.token_hash = p_token_hash and s.expires_at > now();
    return coalesce(v_hash, v_decoy);
end
$$;

comment on function app_auth.find_sign_up(bytea) is
'The Argon2id hash that the password given with a verification link is verified against; a decoy for a link that opens nothing.';
grant execute on function app_auth.find_sign_up(bytea) to todo_auth;

-- sql/app_auth/functions/verify_email.sql

-- Makes an account of the attempt whose link was followed by somebody who knows the
-- attempt's password: the hash from app_auth.find_sign_up is shown again. A link
-- without the password opens nothing, so that an attempt which somebody else made on my
-- address cannot become an account, whichever link I follow. Every other attempt on the
-- address ends with it.
--
-- An address that is verified already keeps its account as it is: null.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.verify_email(p_token_hash bytea, p_password_hash text)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_email text;
    v_attempt app_auth.sign_ups;
    v_user_id uuid;
begin
    perform app_private.require_scope('verify_email', encode(substr(p_token_hash, 1, 33), 'hex'));

    select s.email into v_email
    from app_auth.sign_ups as s where s.token_hash = p_token_hash;
    -- Two links of one address at once: one waits for the other, and finds nothing.
    perform from app_auth.sign_ups as s
    where lower(s.email) = lower(v_email) order by s.token_hash for update;
    select s.* into v_attempt
    from app_auth.sign_ups as s
    where s.token_hash = p_token_hash
    and s.password_hash = p_password_hash
    and s.expires_at > now();
    if not found then
        return null;
    end if;

    delete from app_auth.sign_ups where lower(email) = lower(v_email);
    insert into app_data.users as u (
        email, first_name, last_name, password_hash, time_zone, email_verified_at
    ) values (
        v_attempt.email, v_attempt.first_name, v_attempt.last_name,
        v_attempt.password_hash, v_attempt.time_zone, now()
    )
    on conflict ((lower(email))) do update set
        first_name = excluded.first_name,
        last_name = excluded.last_name,
        password_hash = excluded.password_hash,
        time_zone = excluded.time_zone,
        email_verified_at = now(),
        tokens_valid_since = now()
    where u.email_verified_at is null and u.is_active
    returning u.id into v_user_id;
    if v_user_id is null then
        return null;
    end if;

    delete from app_auth.sessions where user_id = v_user_id;
    insert into app_data.user_preferences (user_id) values (v_user_id)
    on conflict (user_id) do nothing;
    insert into app_data.projects (user_id, id, name) values (v_user_id, v_user_id, 'Inbox')
    on conflict (user_id, id) do nothing;
    return v_user_id;
end
$$;

comment on function app_auth.verify_email(bytea, text) is
'Uses up a verification link together with the password of its attempt and returns the new user; null when the link is unknown, used or expired, the hash is not the attempt''s, or the address has an account, without saying which.';
grant execute on function app_auth.verify_email(bytea, text) to todo_auth;

-- sql/app_auth/functions/find_login.sql

-- The hash that a password has to match. There is always one: an address that nobody
-- can log in with gets a decoy that costs as much to verify and that no password
-- matches. Who the account belongs to is said by app_auth.log_in, once the password was
-- right.
--
-- Each call is counted as a try on the address, which app_auth.log_in takes back. An
-- address that was tried too often lately gets the decoy as well, so that even the
-- right password is wrong for a while. Addresses without an account are counted and
-- answered alike; a new password (app_auth.reset_password) ends the count.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.find_login(p_email text)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_hash text;
    v_decoy text;
    v_is_blocked boolean;
begin
    perform app_private.require_scope('find_login', p_email);

    delete from app_auth.login_attempts where email_hash in (
        select a.email_hash from app_auth.login_attempts as a
        where a.free_at <= now()
        order by a.free_at limit 2 for update skip locked
    );
    insert into app_auth.login_attempts as a (email_hash, free_at)
    values (app_auth.email_hash(p_email), now() + interval '6 minutes')
    on conflict (email_hash) do update set
        is_blocked = a.free_at > now() + interval '54 minutes',
        free_at = case
            when a.free_at > now() + interval '54 minutes' then a.free_at
            else greatest(a.free_at, now()) + interval '6 minutes'
        end
    returning a.is_blocked into v_is_blocked;

    -- Both are worked out every time, and a row is read in any case (without an account,
    -- the next in order), so that the time taken is the same.
    v_decoy := app_private.decoy_hash(p_email);
    select
        case
            when lower(u.email) = lower(p_email)
                and u.is_active
                and u.email_verified_at is not null
                then u.password_hash
        end
    into v_hash
    from app_data.users as u
    where lower(u.email) >= lower(p_email)
    order by lower(u.email)
    limit 1;
    return case when v_is_blocked then v_decoy else coalesce(v_hash, v_decoy) end;
end
$$;

comment on function app_auth.find_login(text) is
'The Argon2id hash to verify a password against; a decoy for an address that nobody can log in with, or that was tried too often.';
grant execute on function app_auth.find_login(text) to todo_auth;

-- sql/app_auth/functions/log_in.sql

-- Logs in somebody whose password was just verified against app_auth.find_login: the
-- hash is shown again, so that a password changed in between counts. Begins a log-in
-- and hands out its first refresh token.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.log_in(
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
    v_session_id uuid;
begin
    perform app_private.require_scope('log_in', p_email);

    -- A row is read in any case, as app_auth.find_login does.
    select
        case
            when lower(u.email) = lower(p_email)
                and u.password_hash = p_password_hash
                and u.is_active
                and u.email_verified_at is not null
                then u.id
        end
    into v_user_id
    from app_data.users as u
    where lower(u.email) >= lower(p_email)
    order by lower(u.email)
    limit 1;
    -- What app_auth.find_login counted was no wrong password, if it was the right one. A
    -- row is written in any case: without it the time would tell whether there is an
    -- account to look at.
    insert into app_auth.login_attempts as a (email_hash, free_at)
    values (app_auth.email_hash(p_email), now())
    on conflict (email_hash) do update set
        free_at = case
            when v_user_id is null then a.free_at
            else a.free_at - interval '6 minutes'
        end;

    -- Looked at again: the password may have been changed by whoever was waited for.
    update app_data.users set last_login_at = now()
    where id = v_user_id
    and password_hash = p_password_hash
    and is_active
    and email_verified_at is not null
    returning id into v_user_id;
    if v_user_id is null then
        return null;
    end if;

    delete from app_auth.sessions where (user_id, id) in (
        select s.user_id, s.id from app_auth.sessions as s
        where s.expires_at <= now()
        order by s.expires_at limit 2 for update skip locked
    );
    insert into app_auth.sessions (user_id) values (v_user_id)
    returning id into v_session_id;
    insert into app_auth.refresh_tokens (token_hash, user_id, session_id)
    values (p_refresh_hash, v_user_id, v_session_id);
    return v_user_id;
end
$$;

comment on function app_auth.log_in(text, text, bytea) is
'Logs in by the hash that was just verified, stores a refresh token and returns the user; null when the hash is not the account''s.';
grant execute on function app_auth.log_in(text, text, bytea) to todo_auth;

-- sql/app_auth/functions/rotate_refresh_token.sql

-- Trades a refresh token for the next one. Each is good once. One that is shown again
-- was copied, or its answer was lost; nobody can tell which, so the log-in ends, and
-- with it every token of it, whoever came first (RFC 9700, section 4.14.2). There is no
-- time of grace: within it a thief who comes first would keep the log-in.
--
-- The same request once more is no theft: whoever names the successor that this token
-- was traded for knows it, and a thief of the token does not. As long as the successor
-- was not used the answer is the same again, for clients that lost it.
--
-- However often it is continued, a log-in ends with its session's expires_at.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.rotate_refresh_token(
    p_token_hash bytea, p_new_token_hash bytea
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_token app_auth.refresh_tokens;
    v_session app_auth.sessions;
begin
    perform app_private.require_scope(
        'rotate_refresh_token', encode(substr(p_token_hash, 1, 33), 'hex')
    );

    select t.* into v_token
    from app_auth.refresh_tokens as t where t.token_hash = p_token_hash;
    -- All requests of one log-in stand in line here; what was read before may be old.
    select s.* into v_session
    from app_auth.sessions as s
    where s.user_id = v_token.user_id and s.id = v_token.session_id
    for update;
    select t.* into v_token
    from app_auth.refresh_tokens as t where t.token_hash = p_token_hash;

    if not exists (
        select from app_data.users as u
        where u.id = v_session.user_id
        and u.is_active
        and (u.tokens_valid_since is null or u.tokens_valid_since <= v_session.created_at)
    ) or v_session.expires_at <= now() or v_token.expires_at <= now() then
        return null;
    end if;
    if v_token.successor_hash is null then
        delete from app_auth.refresh_tokens
        where user_id = v_session.user_id
        and session_id = v_session.id
        and expires_at <= now();
        update app_auth.refresh_tokens set successor_hash = p_new_token_hash
        where token_hash = p_token_hash;
        insert into app_auth.refresh_tokens (token_hash, user_id, session_id)
        values (p_new_token_hash, v_session.user_id, v_session.id);
        return v_session.user_id;
    end if;
    if v_token.successor_hash = p_new_token_hash and exists (
        select from app_auth.refresh_tokens as t
        where t.token_hash = p_new_token_hash and t.successor_hash is null
    ) then
        return v_session.user_id;
    end if;
    delete from app_auth.sessions
    where user_id = v_session.user_id and id = v_session.id;
    return null;
end
$$;

comment on function app_auth.rotate_refresh_token(bytea, bytea) is
'Trades a refresh token for a new one and returns its user; null when it is not good; one that is shown twice with different successors ends its log-in.';
grant execute on function app_auth.rotate_refresh_token(bytea, bytea) to todo_auth;

-- sql/app_auth/functions/log_out.sql

-- Ends the log-in that a refresh token belongs to, on this device. An unknown token is
-- no error: the wish is fulfilled already.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.log_out(p_token_hash bytea)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform app_private.require_scope('log_out', encode(substr(p_token_hash, 1, 33), 'hex'));

    delete from app_auth.sessions as s
    using app_auth.refresh_tokens as t
    where t.token_hash = p_token_hash
    and s.user_id = t.user_id
    and s.id = t.session_id;
end
$$;

comment on function app_auth.log_out(bytea) is
'Ends the log-in that a refresh token belongs to.';
grant execute on function app_auth.log_out(bytea) to todo_auth;

-- sql/app_auth/functions/request_reset.sql

-- Somebody forgot a password. The backend sends the mail either way; only for an
-- account that can log in does the secret in it open anything. No account is looked at
-- here, as in app_auth.sign_up. Earlier links stay good, so that nobody can make those
-- of somebody else void by asking for more.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.request_reset(p_email text, p_token_hash bytea)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform app_private.require_scope('request_reset', p_email);

    delete from app_auth.password_resets where token_hash in (
        select r.token_hash from app_auth.password_resets as r
        where r.expires_at <= now()
        order by r.expires_at limit 2 for update skip locked
    );
    insert into app_auth.password_resets (email, token_hash)
    values (p_email, p_token_hash);
end
$$;

comment on function app_auth.request_reset(text, bytea) is
'Stores the token of a password-reset mail; does the same for an address that nobody can log in with.';
grant execute on function app_auth.request_reset(text, bytea) to todo_auth;

-- sql/app_auth/functions/reset_password.sql

-- Takes the secret of a reset mail and sets the new password. Every device is logged
-- out, every token that was signed before is refused, every other link is void and the
-- count of wrong passwords ends: whoever had the old password has nothing any more.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.reset_password(p_token_hash bytea, p_password_hash text)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_email text;
    v_user_id uuid;
begin
    perform app_private.require_scope('reset_password', encode(substr(p_token_hash, 1, 33), 'hex'));

    select r.email into v_email
    from app_auth.password_resets as r where r.token_hash = p_token_hash;
    -- Two links of one address at once: one waits for the other, and finds nothing.
    perform from app_auth.password_resets as r
    where lower(r.email) = lower(v_email) order by r.token_hash for update;
    perform from app_auth.password_resets as r
    where r.token_hash = p_token_hash and r.expires_at > now();
    if not found then
        return null;
    end if;

    delete from app_auth.password_resets where lower(email) = lower(v_email);
    update app_data.users set password_hash = p_password_hash, tokens_valid_since = now()
    where lower(email) = lower(v_email)
    and is_active
    and email_verified_at is not null
    returning id into v_user_id;
    delete from app_auth.sessions where user_id = v_user_id;
    delete from app_auth.login_attempts
    where email_hash = app_auth.email_hash(v_email);
    return v_user_id;
end
$$;

comment on function app_auth.reset_password(bytea, text) is
'Uses up a reset link, sets the password, ends every log-in and returns the user; null when the link is unknown, used or expired, or its address has no account, without saying which.';
grant execute on function app_auth.reset_password(bytea, text) to todo_auth;
reset role;
