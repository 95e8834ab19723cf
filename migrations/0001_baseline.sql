-- The whole schema, as sql/ had it at the first release; by make squash.
-- Each part stands in sql/ at the path above it, with its reasons.

set local lock_timeout = '2s';

-- sql/roles.sql

-- Roles: who exists, and who may become whom.
--
-- Roles belong to the whole server, not to one database, so this file may meet them
-- already there and only brings them to the state written here. It needs no superuser:
-- CREATEROLE is enough, which is what Neon and most hosts give. A role that was made in
-- a host's console may carry BYPASSRLS; one that was made here never does.
--
--   todo_owner      owns every schema, table and function; nobody logs in as it
--   todo_registrar  owns the sign-up and log-in functions; nobody may become it
--   todo_app        what the backend logs in as; it holds no privilege of its own
--   todo_user       one person in the person's own space; row-level security decides
--   todo_auth       a request without a person yet; may call sign-up and log-in only

do $$
declare
    v_role text;
begin
    foreach v_role in array array[
        'todo_owner', 'todo_registrar', 'todo_app', 'todo_user', 'todo_auth'
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
alter role todo_user nologin noinherit nocreatedb nocreaterole;
alter role todo_auth nologin noinherit nocreatedb nocreaterole;
-- It has no password yet, so nobody can log in: `make credentials` sets one.
alter role todo_app login noinherit nocreatedb nocreaterole;

-- A generic plan forgets how much one user has; a custom one costs less than that.
alter role todo_app set plan_cache_mode = 'force_custom_plan';
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
    end if;
end
$$;

comment on role todo_owner is
'Owns every schema, table and function of the application. Nobody logs in as it.';
comment on role todo_registrar is
'Owns the sign-up and log-in functions, which run as it. Nobody may become it.';
comment on role todo_app is
'What the backend logs in as. Holds no privilege: per transaction it becomes another.';
comment on role todo_user is
'One person in the person''s own space: sees and writes only rows of that space.';
comment on role todo_auth is
'A request that has no person yet: may call the sign-up and log-in functions only.';

-- sql/schemas.sql

-- Three rooms: `app` is what the application may see, `app_private` is what it may
-- not, `app_auth` belongs to the registrar. Whatever is made in them later starts
-- closed: PUBLIC gets nothing by default.

create schema app authorization todo_owner;
comment on schema app is
'What the application sees: tables, functions and views, all under row-level security.';

create schema app_private authorization todo_owner;
comment on schema app_private is
'What the application never sees: signing keys and the bodies behind triggers.';

create schema app_auth authorization todo_registrar;
comment on schema app_auth is
'Accounts: what signs people up and lets them in, and says who is admitted.';

-- New functions would be executable by PUBLIC, new types usable by PUBLIC.
alter default privileges for role todo_owner revoke execute on functions from public;
alter default privileges for role todo_owner revoke usage on types from public;
alter default privileges for role todo_registrar
revoke execute on functions from public;

-- PUBLIC may connect to a new database and make temporary tables in it. Neither is
-- wanted: a temporary function or table is a place to shadow a name from.
do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to todo_app', current_database());
end
$$;
revoke all on schema public from public;

grant usage on schema app to todo_user, todo_auth, todo_registrar;
grant usage on schema app_private to todo_registrar;
grant usage on schema app_auth to todo_owner;


set local role todo_owner;

-- Small tools that tables lean on: ids, names, zones, manual order.

-- sql/app/functions/uuid_v7.sql

-- Ids sort by the time they were made, so that new rows land side by side in an index.
-- PostgreSQL 18 has uuidv7(); this one is the same layout (RFC 9562, section 5.7) on 15
-- and later: 48 bits of milliseconds, then version, variant and 74 random bits.

create function app.uuid_v7()
returns uuid
language sql
volatile
parallel safe
set search_path = pg_catalog, pg_temp
begin atomic
    -- A random UUID is version 4 (0100): setting bits 52 and 53 makes it 7 (0111).
    select encode(
        set_bit(
            set_bit(
                substr(
                    int8send((extract(epoch from clock_timestamp()) * 1000)::bigint), 3
                )
                || substr(uuid_send(gen_random_uuid()), 7),
                52,
                1
            ),
            53,
            1
        ),
        'hex'
    )::uuid;
end;

comment on function app.uuid_v7() is
'A new UUID version 7 (RFC 9562): sortable by the millisecond in which it was made.';
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
'The key under which two names count as the same: compatibility form, case, invisible characters and outer blanks do not matter.';
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
    if p_name !~ '^(UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z0-9_+-]+){1,2})$' then
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
'Whether the text is UTC or the name of an IANA time zone, such as Europe/Berlin.';
grant execute on function app.is_time_zone(text) to todo_user, todo_registrar;

-- sql/app/functions/position_now.sql

-- A new row goes to the end of its list, without reading the list and without a race:
-- its position is the time. Sixteen hexadecimal digits of microseconds sort as text in
-- collation "C", and any two of them leave room in between (app.position_between).

create function app.position_now()
returns text
language sql
volatile
parallel safe
set search_path = pg_catalog, pg_temp
-- The trailing V keeps the last digit from being 0, below which nothing fits.
return lpad(
    to_hex((extract(epoch from clock_timestamp()) * 1000000)::bigint), 14, '0'
) || 'V';

comment on function app.position_now() is
'A position after everything placed so far: the current time as sortable text.';
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
    if v_after ~ '[^0-9A-Za-z]' or p_before ~ '[^0-9A-Za-z]' or p_before ~ '0$'
        or p_before = '' then
        raise exception 'a position has digits and letters and does not end in 0'
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
    case p_from
        when 'todo' then array['in_progress', 'review', 'blocked', 'done']
        when 'in_progress' then array['todo', 'review', 'blocked', 'done']
        when 'review' then array['todo', 'in_progress', 'blocked', 'done']
        when 'blocked' then array['todo', 'in_progress']
        when 'done' then array['todo', 'in_progress']
    end
);

comment on function app.is_task_transition(text, text) is
'Whether a task may go from the first status to the second; false for the same one.';
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

-- sql/app/functions/current_user_id.sql

-- Who is asking. Every policy rests on this function, in one form alone:
--
--   using (
--       user_id = app.current_user_id() and user_id = (select app.current_user_id())
--   )
--
-- The planner then has one value for both, so that it compares them once, before any
-- row is looked at (One-Time Filter), and reads the index by it. The bare call alone is
-- planned behind cheap conditions of the statement's own, and the subquery alone behind
-- those that are cheaper still: either way it shows whether somebody has such a row.
-- docs/decisions/0005 has the attack and the figures.
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
grant execute on function app.current_user_id() to todo_user, todo_registrar;

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
'The verified and active user of this request; SQLSTATE 28000 for anybody else.';
grant execute on function app.authenticate() to todo_user;

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
            nullif(current_setting('app.deletion_id', true), '')::uuid, app.uuid_v7()
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

-- People.

-- sql/app/tables/users.sql

-- A person, and at the same time the space that the person's rows belong to.
--
-- Read and renamed by the person (todo_user), made and let in by the sign-up and
-- log-in functions (todo_registrar). The password hash never leaves those functions.

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
    tokens_valid_since timestamptz,
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

-- The planner keeps no samples of what people wrote: EXPLAIN would show them.
alter table app.users
alter column email set statistics 0,
alter column first_name set statistics 0,
alter column last_name set statistics 0,
alter column password_hash set statistics 0,
alter column time_zone set statistics 0;

-- Log-in and sign-up: one address is one person, whatever its case.
create unique index users_email_key on app.users (lower(email));
alter index app.users_email_key alter column 1 set statistics 0;

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
comment on column app.users.tokens_valid_since is
'Tokens and claims that were signed before are refused; null while all count.';
comment on index app.users_email_key is
'Finds the person of an address at sign-up, log-in and password reset.';

-- sql/app/triggers/users.sql

-- A change of a person's row counts and dates itself.

create trigger users_900_bump_version
before update on app.users
for each row execute function app_private.bump_version();

comment on trigger users_900_bump_version on app.users is
'Counts the version and dates the change.';

-- sql/app/access/users.sql

-- A person sees and renames the own row and no other. There is no INSERT and no
-- DELETE: people come by app.sign_up.
--
-- Not granted, on purpose: password_hash (to nobody but the registrar); UPDATE of
-- email, is_active and email_verified_at, which need a proof that only a mailed token
-- gives.

create policy users_select_user on app.users
for select to todo_user
using (id = app.current_user_id() and id = (select app.current_user_id()));

create policy users_update_user on app.users
for update to todo_user
using (id = app.current_user_id() and id = (select app.current_user_id()))
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
    email_verified_at, tokens_valid_since
) on app.users to todo_registrar;
grant insert (email, first_name, last_name, password_hash, time_zone)
on app.users to todo_registrar;
grant update (
    first_name, last_name, password_hash, time_zone, email_verified_at, last_login_at,
    tokens_valid_since
) on app.users to todo_registrar;

-- sql/app/tables/user_preferences.sql

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

-- The planner keeps no samples of what people wrote: EXPLAIN would show them.
alter table app.user_preferences
alter column language set statistics 0;

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

-- sql/app/triggers/user_preferences.sql

-- A change of preferences counts and dates itself.

create trigger user_preferences_900_bump_version
before update on app.user_preferences
for each row execute function app_private.bump_version();

comment on trigger user_preferences_900_bump_version on app.user_preferences is
'Counts the version and dates the change.';

-- sql/app/access/user_preferences.sql

-- A person reads and changes the own preferences. The row is made at sign-up and goes
-- with the person: no INSERT, no DELETE.

create policy user_preferences_select_user on app.user_preferences
for select to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()));

create policy user_preferences_update_user on app.user_preferences
for update to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()))
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

-- Work: projects, the tasks in them, and tags across them.

-- sql/app/tables/projects.sql

-- A list of tasks. Every person has one that is always there, the inbox: the project
-- whose id is the person's own id.
--
-- Written by the person (todo_user); the inbox is made at sign-up (todo_registrar).

create table app.projects (
    user_id uuid not null,
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
    constraint projects_pkey primary key (user_id, id),
    constraint projects_user_id_fkey foreign key (user_id)
    references app.users (id) on delete cascade,
    constraint projects_name_is_not_blank check (btrim(name, E' \t\n\r') <> ''),
    constraint projects_name_is_short check (char_length(name) <= 120),
    constraint projects_colour_is_hexadecimal check (colour ~ '^#[0-9a-f]{6}$'),
    constraint projects_position_has_form check (
        position ~ '^[0-9A-Za-z]{0,199}[1-9A-Za-z]$'
    ),
    constraint projects_inbox_stays check (
        id <> user_id or (archived_at is null and deleted_at is null)
    ),
    constraint projects_deletion_is_dated check (
        (deletion_id is null) = (deleted_at is null)
    )
);

alter table app.projects enable row level security;
alter table app.projects force row level security;

-- The planner keeps no samples of what people wrote: EXPLAIN would show them.
alter table app.projects
alter column name set statistics 0,
alter column colour set statistics 0,
alter column position set statistics 0;

-- The sidebar: a person's projects in their order.
create index projects_sidebar_idx on app.projects (user_id, position, id)
where deleted_at is null;

comment on table app.projects is
'A list of tasks. The project whose id is the person''s own id is the inbox.';
comment on column app.projects.user_id is
'The space: whose project it is.';
comment on column app.projects.id is
'Identifier within the space; UUID version 7, made by the client or here.';
comment on column app.projects.name is
'Name as the person wrote it.';
comment on column app.projects.colour is
'Colour as #rrggbb, lower case.';
comment on column app.projects.position is
'Place in the sidebar: sorts as bytes; see app.position_between.';
comment on column app.projects.is_favourite is
'Whether the project stands among the favourites.';
comment on column app.projects.is_inbox is
'Whether this is the inbox, which cannot be archived or deleted.';
comment on column app.projects.archived_at is
'When the project was put away; null while it is in use.';
comment on column app.projects.deleted_at is
'When the project went to the trash; null while it is not there.';
comment on column app.projects.deletion_id is
'The act of deletion: rows that went together come back together.';
comment on column app.projects.version is
'Counted up by every change of the row.';
comment on column app.projects.created_at is
'When the project was made.';
comment on column app.projects.updated_at is
'When the row was changed last.';
comment on index app.projects_sidebar_idx is
'Lists a person''s projects in their order, without the trash.';

-- sql/app/access/projects.sql

-- A person's projects are the person's alone.
--
-- DELETE is for ever and only from the trash; the inbox never gets there. Not granted,
-- on purpose: UPDATE of user_id and id (a row cannot change hands), INSERT and UPDATE
-- of what the database keeps itself (version, created_at, updated_at, deletion_id).
-- deleted_at is granted as a wish: the database dates it.

create policy projects_select_user on app.projects
for select to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()));

create policy projects_insert_user on app.projects
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy projects_update_user on app.projects
for update to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()))
with check (user_id = (select app.current_user_id()));

create policy projects_delete_user on app.projects
for delete to todo_user
using (
    user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
    and deleted_at is not null
);

grant select, delete on app.projects to todo_user;
grant insert (user_id, id, name, colour, position, is_favourite)
on app.projects to todo_user;
grant update (
    name, colour, position, is_favourite, archived_at, deleted_at
) on app.projects to todo_user;

-- Sign-up makes the inbox, and finds it there when the address signs up again.
create policy projects_select_registrar on app.projects
for select to todo_registrar
using (id = user_id);

create policy projects_insert_registrar on app.projects
for insert to todo_registrar
with check (id = user_id);

grant select (user_id, id) on app.projects to todo_registrar;
grant insert (user_id, id, name) on app.projects to todo_registrar;

-- sql/app/tables/tasks.sql

-- Something to do. The widest and busiest table; every list in the application reads
-- it.
--
-- Written by the person (todo_user). A task is never removed by its owner in one step:
-- it goes to the trash (deleted_at) and from there for ever.
--
-- Subtasks are kept acyclic by a foreign key alone: a child names its parent together
-- with the parent's depth, which is one less than its own, so that a circle would have
-- to be shallower than itself. It also keeps a child in its parent's project, and no
-- order of concurrent moves gets around it.

create table app.tasks (
    user_id uuid not null,
    id uuid not null default app.uuid_v7(),
    project_id uuid not null,
    parent_id uuid,
    depth smallint not null default 0,
    parent_depth smallint generated always as (
        case when parent_id is not null then depth - 1 end
    ) stored,
    title text not null,
    description text not null default '',
    status text not null default 'todo',
    completed boolean not null generated always as (status = 'done') stored,
    priority smallint not null default 4,
    start_date date,
    due_date date,
    due_time time,
    due_tz text,
    due_at timestamptz generated always as (
        -- Guarded, so that an unknown zone is refused by its check, by name.
        case
            when app.is_time_zone(due_tz)
                then (due_date + due_time) at time zone due_tz
        end
    ) stored,
    position text collate "C" not null default app.position_now(),
    assignee_id uuid,
    created_by uuid not null default app.current_user_id(),
    completed_at timestamptz,
    deleted_at timestamptz,
    deletion_id uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tasks_pkey primary key (user_id, id),
    -- What a subtask refers to.
    constraint tasks_place_key unique (user_id, project_id, id, depth),
    constraint tasks_project_id_fkey foreign key (user_id, project_id)
    references app.projects (user_id, id) on delete cascade,
    constraint tasks_parent_id_fkey foreign key (
        user_id, project_id, parent_id, parent_depth
    ) references app.tasks (user_id, project_id, id, depth) on delete cascade,
    constraint tasks_depth_is_bounded check (depth between 0 and 4),
    constraint tasks_depth_follows_parent check ((parent_id is null) = (depth = 0)),
    constraint tasks_title_is_not_blank check (btrim(title, E' \t\n\r') <> ''),
    constraint tasks_title_is_short check (char_length(title) <= 500),
    constraint tasks_description_is_bounded check (char_length(description) <= 20000),
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
        position ~ '^[0-9A-Za-z]{0,199}[1-9A-Za-z]$'
    ),
    -- Until a project can be shared there is nobody else to give a task to.
    constraint tasks_assignee_is_in_space check (assignee_id = user_id),
    constraint tasks_done_is_dated check (
        (status = 'done') = (completed_at is not null)
    ),
    constraint tasks_deletion_is_dated check (
        (deletion_id is null) = (deleted_at is null)
    )
);

alter table app.tasks enable row level security;
alter table app.tasks force row level security;

-- The planner keeps no samples of what people wrote: EXPLAIN would show them.
alter table app.tasks
alter column title set statistics 0,
alter column description set statistics 0,
alter column due_tz set statistics 0,
alter column position set statistics 0;

-- A project's page in manual order, done tasks included; serves tasks_project_id_fkey.
create index tasks_project_idx on app.tasks (user_id, project_id, position, id);

-- The subtasks of a task; serves tasks_parent_id_fkey.
create index tasks_subtasks_idx
on app.tasks (user_id, project_id, parent_id, parent_depth)
where parent_id is not null;

-- The agenda: what is open and due, by day and time, across projects.
create index tasks_agenda_idx on app.tasks (user_id, due_date, due_time, id)
where due_date is not null and not completed and deleted_at is null;

-- "What did I do lately", and the numbers per day.
create index tasks_completed_idx on app.tasks (user_id, completed_at, id)
where completed_at is not null and deleted_at is null;

-- The trash, newest first, and its emptying.
create index tasks_trash_idx on app.tasks (user_id, deleted_at, id)
where deleted_at is not null;

comment on table app.tasks is
'Something to do, in one project of one person''s space, perhaps below another task.';
comment on column app.tasks.user_id is
'The space: whose task it is.';
comment on column app.tasks.id is
'Identifier within the space; UUID version 7, made by the client or here.';
comment on column app.tasks.project_id is
'The project it stands in.';
comment on column app.tasks.parent_id is
'The task it is a part of, in the same project; null at the top.';
comment on column app.tasks.depth is
'How many tasks stand above it, 0 to 4; kept by the database when parent_id is written.';
comment on column app.tasks.parent_depth is
'Depth of the parent: what makes a circle of parents impossible.';
comment on column app.tasks.title is
'What is to be done, in one line.';
comment on column app.tasks.description is
'Notes on it, as the person wrote them.';
comment on column app.tasks.status is
'Where the work stands; which change is allowed: see app.is_task_transition.';
comment on column app.tasks.completed is
'Whether the status is done.';
comment on column app.tasks.priority is
'Rank: 1 is the most urgent, 4 is none.';
comment on column app.tasks.start_date is
'First day on which it can be worked on.';
comment on column app.tasks.due_date is
'Day by which it is to be done.';
comment on column app.tasks.due_time is
'Time of that day; null means all day.';
comment on column app.tasks.due_tz is
'IANA zone that pins day and time to an instant; null means wherever the person is.';
comment on column app.tasks.due_at is
'The instant it is due, where day, time and zone are given.';
comment on column app.tasks.position is
'Place in the project: sorts as bytes; see app.position_between.';
comment on column app.tasks.assignee_id is
'Who is to do it.';
comment on column app.tasks.created_by is
'Who made it: the verified user of that request.';
comment on column app.tasks.completed_at is
'When it was done; set and cleared with the status.';
comment on column app.tasks.deleted_at is
'When it went to the trash; null while it is not there.';
comment on column app.tasks.deletion_id is
'The act of deletion: rows that went together come back together.';
comment on column app.tasks.version is
'Counted up by every change of the row.';
comment on column app.tasks.created_at is
'When the row was made.';
comment on column app.tasks.updated_at is
'When the row was changed last.';
comment on index app.tasks_place_key is
'Target of the reference from a subtask to its parent.';
comment on index app.tasks_project_idx is
'Lists the tasks of a project in manual order.';
comment on index app.tasks_subtasks_idx is
'Finds the subtasks of a task.';
comment on index app.tasks_agenda_idx is
'Lists open tasks by due day and time across projects: today, upcoming, overdue.';
comment on index app.tasks_completed_idx is
'Lists done tasks by the moment of completion.';
comment on index app.tasks_trash_idx is
'Lists the trash, newest first.';

-- sql/app_private/functions/place_task.sql

-- A task that is put somewhere must find the place alive, and still alive when the
-- transaction ends: the project's row is locked in share mode. Whatever deletes,
-- restores or moves a subtree locks the same row for itself first. With one lock per
-- project, no child slips under a parent that is on its way to the trash, and no two
-- such acts wait for each other in a circle.
--
-- A project or parent that cannot be seen is left to the foreign key: the answer is
-- then the same as for one that does not exist.

create function app_private.place_task()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_project_deleted_at timestamptz;
    v_parent_deleted_at timestamptz;
begin
    if tg_op = 'UPDATE' and (new.deleted_at is null) <> (old.deleted_at is null) then
        select p.deleted_at into v_project_deleted_at
        from app.projects as p
        where p.user_id = new.user_id and p.id = new.project_id
        for no key update;
    else
        select p.deleted_at into v_project_deleted_at
        from app.projects as p
        where p.user_id = new.user_id and p.id = new.project_id
        for share;
    end if;

    if new.parent_id is null then
        new.depth := 0;
    elsif tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id then
        select t.depth + 1, t.deleted_at into new.depth, v_parent_deleted_at
        from app.tasks as t
        where t.user_id = new.user_id
        and t.project_id = new.project_id
        and t.id = new.parent_id;
        new.depth := coalesce(new.depth, 1);
    end if;

    if new.deleted_at is null
        and (v_project_deleted_at is not null or v_parent_deleted_at is not null)
    then
        raise exception 'the project or the parent of this task is in the trash'
            using errcode = 'check_violation',
            schema = 'app', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'Restore it first, or put the task somewhere else.';
    end if;
    return new;
end
$$;

comment on function app_private.place_task() is
'Trigger: keeps the depth of a task, and keeps a live task out of a deleted place.';

-- sql/app_private/functions/check_task_trash.sql

-- No live task stands below a deleted one. Looked at after the statement, when all its
-- rows are written: app.delete_task and app.restore_task write whole subtrees, and a
-- plain UPDATE that would leave half of one behind is refused.

create function app_private.check_task_trash()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.deleted_at is null then
        perform from app.tasks as t
        where t.user_id = new.user_id
        and t.project_id = new.project_id
        and t.id = new.parent_id
        and t.deleted_at is not null;
    else
        perform from app.tasks as t
        where t.user_id = new.user_id
        and t.project_id = new.project_id
        and t.parent_id = new.id
        and t.deleted_at is null;
    end if;
    if found then
        raise exception 'a live task would stand below a deleted one'
            using errcode = 'check_violation',
            schema = 'app', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'app.delete_task and app.restore_task take the subtasks along; restore a deleted parent first.';
    end if;
    return null;
end
$$;

comment on function app_private.check_task_trash() is
'Trigger: no live task below a deleted one.';

-- sql/app_private/functions/check_project_trash.sql

-- No live task stands in a deleted project: app.delete_project takes them along.

create function app_private.check_project_trash()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from app.tasks as t
    where t.user_id = new.user_id
    and t.project_id = new.id
    and t.deleted_at is null;
    if found then
        raise exception 'live tasks would stand in a deleted project'
            using errcode = 'check_violation',
            schema = 'app', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'app.delete_project takes the tasks along.';
    end if;
    return null;
end
$$;

comment on function app_private.check_project_trash() is
'Trigger: no live task in a deleted project.';

-- sql/app_private/functions/follow_task_status.sql

-- The status may only take the steps of app.is_task_transition, and the date of
-- completion follows it: nobody writes completed_at.

create function app_private.follow_task_status()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE' and new.status <> old.status
        and not app.is_task_transition(old.status, new.status)
    then
        raise exception 'a task cannot go from % to %', old.status, new.status
            using errcode = 'check_violation',
            schema = 'app', table = 'tasks', column = 'status',
            constraint = 'tasks_status_transition_is_allowed';
    end if;
    if new.status <> 'done' then
        new.completed_at := null;
    elsif tg_op = 'INSERT' or old.status <> 'done' then
        new.completed_at := now();
    end if;
    return new;
end
$$;

comment on function app_private.follow_task_status() is
'Trigger: allows only the steps of app.is_task_transition and dates the completion.';

-- sql/app/triggers/projects.sql

-- A change of a project counts and dates itself; a deleted one holds no live task.

create trigger projects_150_date_deletion
before update of deleted_at on app.projects
for each row when (old.deleted_at is distinct from new.deleted_at)
execute function app_private.date_deletion();

create trigger projects_300_check_trash
after update of deleted_at on app.projects
for each row when (old.deleted_at is null and new.deleted_at is not null)
execute function app_private.check_project_trash();

create trigger projects_900_bump_version
before update on app.projects
for each row execute function app_private.bump_version();

comment on trigger projects_150_date_deletion on app.projects is
'Dates a deletion and names its act.';
comment on trigger projects_300_check_trash on app.projects is
'Keeps live tasks from standing in a deleted project.';
comment on trigger projects_900_bump_version on app.projects is
'Counts the version and dates the change.';

-- sql/app/triggers/tasks.sql

-- What a task does when it is written: find its place, follow its status, count
-- itself, and, once the statement has written all its rows, see that the trash is
-- whole. In this order: the numbers in the names are the order in which they run.

create trigger tasks_100_place
before insert or update of project_id, parent_id, depth, deleted_at on app.tasks
for each row execute function app_private.place_task();

create trigger tasks_150_date_deletion
before update of deleted_at on app.tasks
for each row when (old.deleted_at is distinct from new.deleted_at)
execute function app_private.date_deletion();

create trigger tasks_200_follow_status
before insert or update of status on app.tasks
for each row execute function app_private.follow_task_status();

create trigger tasks_900_bump_version
before update on app.tasks
for each row execute function app_private.bump_version();

create trigger tasks_300_check_trash
after update of deleted_at on app.tasks
for each row when (old.deleted_at is distinct from new.deleted_at)
execute function app_private.check_task_trash();

comment on trigger tasks_100_place on app.tasks is
'Keeps the depth, and keeps a live task out of a deleted project or parent.';
comment on trigger tasks_150_date_deletion on app.tasks is
'Dates a deletion and names its act.';
comment on trigger tasks_200_follow_status on app.tasks is
'Allows only known steps of the status and dates the completion.';
comment on trigger tasks_300_check_trash on app.tasks is
'Keeps live tasks from standing below deleted ones.';
comment on trigger tasks_900_bump_version on app.tasks is
'Counts the version and dates the change.';

-- sql/app/access/tasks.sql

-- A person's tasks are the person's alone.
--
-- DELETE is for ever and only from the trash. Not granted, on purpose: UPDATE of
-- user_id, id and created_by (a row cannot change hands or history), INSERT and UPDATE
-- of what the database keeps itself (completed_at, version, created_at, updated_at).
-- deleted_at is granted as a wish: whatever the statement says, the database dates it
-- and sets deletion_id (app_private.date_deletion). depth is granted for
-- app.move_task, which shifts a whole subtree; the foreign key to the parent refuses
-- any depth that is not the right one.

create policy tasks_select_user on app.tasks
for select to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()));

create policy tasks_insert_user on app.tasks
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy tasks_update_user on app.tasks
for update to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()))
with check (user_id = (select app.current_user_id()));

create policy tasks_delete_user on app.tasks
for delete to todo_user
using (
    user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
    and deleted_at is not null
);

grant select, delete on app.tasks to todo_user;
grant insert (
    user_id, id, project_id, parent_id, title, description, status, priority,
    start_date, due_date, due_time, due_tz, position, assignee_id
) on app.tasks to todo_user;
grant update (
    project_id, parent_id, depth, title, description, status, priority,
    start_date, due_date, due_time, due_tz, position, assignee_id, deleted_at
) on app.tasks to todo_user;

-- sql/app/tables/tags.sql

-- A word that a person puts on tasks, across projects. Unique as people read it: case,
-- full width, invisible characters and outer blanks make no second tag.

create table app.tags (
    user_id uuid not null,
    id uuid not null default app.uuid_v7(),
    name text not null,
    name_key text not null generated always as (app.fold_name(name)) stored,
    colour text not null default '#808080',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tags_pkey primary key (user_id, id),
    constraint tags_name_key_key unique (user_id, name_key),
    constraint tags_user_id_fkey foreign key (user_id)
    references app.users (id) on delete cascade,
    constraint tags_name_is_short check (char_length(name) <= 60),
    constraint tags_colour_is_hexadecimal check (colour ~ '^#[0-9a-f]{6}$'),
    -- The signs that leave nothing of the key: blanks, soft hyphen, zero-width and
    -- direction marks. Said of the name itself, so that a client can check it, too.
    constraint tags_name_is_visible check (
        name ~ '[^ \t\n\r\u00a0\u00ad\u180e\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff]'
    )
);

alter table app.tags enable row level security;
alter table app.tags force row level security;

-- The planner keeps no samples of what people wrote: EXPLAIN would show them.
alter table app.tags
alter column name set statistics 0,
alter column name_key set statistics 0,
alter column colour set statistics 0;

comment on table app.tags is
'A word that a person puts on tasks, across projects.';
comment on column app.tags.user_id is
'The space: whose tag it is.';
comment on column app.tags.id is
'Identifier within the space; UUID version 7, made by the client or here.';
comment on column app.tags.name is
'Name as the person wrote it.';
comment on column app.tags.name_key is
'What makes two names the same tag: see app.fold_name.';
comment on column app.tags.colour is
'Colour as #rrggbb, lower case.';
comment on column app.tags.version is
'Counted up by every change of the row.';
comment on column app.tags.created_at is
'When the tag was made.';
comment on column app.tags.updated_at is
'When the row was changed last.';
comment on index app.tags_name_key_key is
'Finds a tag by its name, and lists a person''s tags in order of name.';

-- sql/app/triggers/tags.sql

-- A change of a tag counts and dates itself.

create trigger tags_900_bump_version
before update on app.tags
for each row execute function app_private.bump_version();

comment on trigger tags_900_bump_version on app.tags is
'Counts the version and dates the change.';

-- sql/app/access/tags.sql

-- A person's tags are the person's alone. A tag is removed at once, from its tasks
-- too.

create policy tags_select_user on app.tags
for select to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()));

create policy tags_insert_user on app.tags
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy tags_update_user on app.tags
for update to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()))
with check (user_id = (select app.current_user_id()));

create policy tags_delete_user on app.tags
for delete to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()));

grant select, delete on app.tags to todo_user;
grant insert (user_id, id, name, colour) on app.tags to todo_user;
grant update (name, colour) on app.tags to todo_user;

-- sql/app/tables/task_tags.sql

-- Which tag is on which task. Both belong to one space: the key has no room for two.

create table app.task_tags (
    user_id uuid not null,
    task_id uuid not null,
    tag_id uuid not null,
    created_at timestamptz not null default now(),
    constraint task_tags_pkey primary key (user_id, task_id, tag_id),
    constraint task_tags_task_id_fkey foreign key (user_id, task_id)
    references app.tasks (user_id, id) on delete cascade,
    constraint task_tags_tag_id_fkey foreign key (user_id, tag_id)
    references app.tags (user_id, id) on delete cascade
);

alter table app.task_tags enable row level security;
alter table app.task_tags force row level security;

-- The tasks of a tag; serves task_tags_tag_id_fkey.
create index task_tags_tag_idx on app.task_tags (user_id, tag_id, task_id);

comment on table app.task_tags is
'A tag on a task.';
comment on column app.task_tags.user_id is
'The space of both.';
comment on column app.task_tags.task_id is
'The task.';
comment on column app.task_tags.tag_id is
'The tag.';
comment on column app.task_tags.created_at is
'When the tag was put on the task.';
comment on index app.task_tags_tag_idx is
'Lists the tasks of a tag.';

-- sql/app/access/task_tags.sql

-- Tags are put on and taken off; there is nothing to update.

create policy task_tags_select_user on app.task_tags
for select to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()));

create policy task_tags_insert_user on app.task_tags
for insert to todo_user
with check (user_id = (select app.current_user_id()));

create policy task_tags_delete_user on app.task_tags
for delete to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()));

grant select, delete on app.task_tags to todo_user;
grant insert (user_id, task_id, tag_id) on app.task_tags to todo_user;

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
    v_user_id constant uuid := app.current_user_id();
    v_project_id uuid;
    v_count integer;
begin
    -- First the lock of the tree: its project. Then what the tree looks like.
    select t.project_id into v_project_id
    from app.tasks as t
    where t.user_id = v_user_id and t.id = p_task_id;
    if not found then
        raise exception 'there is no such task' using errcode = 'no_data_found';
    end if;
    perform from app.projects as p
    where p.user_id = v_user_id and p.id = v_project_id
    for no key update;
    -- Moved away while this waited: to go on would take locks in another order.
    perform from app.tasks as t
    where t.user_id = v_user_id and t.id = p_task_id and t.project_id = v_project_id;
    if not found then
        raise exception 'the task was moved meanwhile; try again'
            using errcode = 'serialization_failure';
    end if;

    perform set_config('app.deletion_id', app.uuid_v7()::text, true);
    with recursive subtree as (
        select t.id, t.project_id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id and t.deleted_at is null
        union all
        select c.id, c.project_id from app.tasks as c
        inner join subtree as s on c.parent_id = s.id and c.project_id = s.project_id
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
'Puts a task with its subtasks in the trash and says how many rows went; 0 when it was there already, P0002 when there is no such task, 40001 when it was moved meanwhile.';
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
    v_user_id constant uuid := app.current_user_id();
    v_project_id uuid;
    v_count integer;
begin
    select t.project_id into v_project_id
    from app.tasks as t
    where t.user_id = v_user_id and t.id = p_task_id;
    if not found then
        raise exception 'there is no such task' using errcode = 'no_data_found';
    end if;
    perform from app.projects as p
    where p.user_id = v_user_id and p.id = v_project_id
    for no key update;
    -- Moved away while this waited: to go on would take locks in another order.
    perform from app.tasks as t
    where t.user_id = v_user_id and t.id = p_task_id and t.project_id = v_project_id;
    if not found then
        raise exception 'the task was moved meanwhile; try again'
            using errcode = 'serialization_failure';
    end if;

    with recursive subtree as (
        select t.id, t.project_id, t.deletion_id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id and t.deleted_at is not null
        union all
        select c.id, c.project_id, c.deletion_id from app.tasks as c
        inner join subtree as s
        on c.parent_id = s.id and c.project_id = s.project_id
        and c.deletion_id = s.deletion_id
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
'Takes a task out of the trash with what was deleted together with it and says how many rows came back; 0 when it was not there, P0002 when there is no such task, 40001 when it was moved meanwhile.';
grant execute on function app.restore_task(uuid) to todo_user;

-- sql/app/functions/move_task.sql

-- Moves a task with everything below it: to another project, below another task, or to
-- the top. One statement writes the whole subtree, so that the foreign keys see it only
-- when it is complete; a move below one's own subtask is refused by them.
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
    v_user_id constant uuid := app.current_user_id();
    v_from_id uuid;
    v_depth smallint := 0;
    v_count integer;
begin
    -- Both trees are locked, always in the order of their ids: no two moves can wait
    -- for each other.
    select t.project_id into v_from_id
    from app.tasks as t
    where t.user_id = v_user_id and t.id = p_task_id;
    if not found then
        raise exception 'there is no such task' using errcode = 'no_data_found';
    end if;
    perform from app.projects as p
    where p.user_id = v_user_id and p.id in (v_from_id, p_project_id)
    order by p.id
    for no key update;
    perform from app.tasks as t
    where t.user_id = v_user_id and t.id = p_task_id and t.project_id = v_from_id;
    if not found then
        raise exception 'the task was moved meanwhile; try again'
            using errcode = 'serialization_failure';
    end if;
    if p_parent_id is not null then
        -- A parent that is not there is left to the foreign key.
        select t.depth + 1 into v_depth
        from app.tasks as t
        where t.user_id = v_user_id
        and t.project_id = p_project_id
        and t.id = p_parent_id;
        v_depth := coalesce(v_depth, 1);
    end if;

    with recursive subtree as (
        select t.id, t.project_id, t.depth, t.depth as top from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id
        union all
        select c.id, c.project_id, c.depth, s.top from app.tasks as c
        inner join subtree as s on c.parent_id = s.id and c.project_id = s.project_id
        where c.user_id = v_user_id
    )
    update app.tasks as t
    set
        project_id = p_project_id,
        parent_id = case when t.id = p_task_id then p_parent_id else t.parent_id end,
        depth = t.depth - s.top + v_depth
    from subtree as s
    where t.user_id = v_user_id and t.id = s.id;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function app.move_task(uuid, uuid, uuid) is
'Moves a task with its subtasks to a project, below a task or to the top (null), and says how many rows moved; P0002 when there is no such task, 40001 when it was moved meanwhile.';
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
    v_user_id constant uuid := app.current_user_id();
    v_deleted_at timestamptz;
    v_count integer;
begin
    select p.deleted_at into v_deleted_at
    from app.projects as p
    where p.user_id = v_user_id and p.id = p_project_id
    for no key update;
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
    v_user_id constant uuid := app.current_user_id();
    v_deletion_id uuid;
    v_count integer;
begin
    select p.deletion_id into v_deletion_id
    from app.projects as p
    where p.user_id = v_user_id and p.id = p_project_id
    for no key update;
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

-- Work that is asked for twice is done once.

-- sql/app/tables/commands.sql

-- Which commands were carried out: a client that lost the answer asks again with the
-- same id, and the work is done once (RFC 9110, section 9.2.2). The row is written by
-- the transaction that does the work: it stands exactly if the work does.

create table app.commands (
    user_id uuid not null,
    id uuid not null,
    created_at timestamptz not null default now(),
    constraint commands_pkey primary key (user_id, id),
    constraint commands_user_id_fkey foreign key (user_id)
    references app.users (id) on delete cascade
);

alter table app.commands enable row level security;
alter table app.commands force row level security;

comment on table app.commands is
'A command that was carried out, so that it is not carried out twice.';
comment on column app.commands.user_id is
'Whose command it was.';
comment on column app.commands.id is
'Identifier that the client gave it.';
comment on column app.commands.created_at is
'When it was carried out.';

-- sql/app/access/commands.sql

-- A person notes and sees the own commands; what was noted stays as it is.

create policy commands_select_user on app.commands
for select to todo_user
using (user_id = app.current_user_id() and user_id = (select app.current_user_id()));

create policy commands_insert_user on app.commands
for insert to todo_user
with check (user_id = (select app.current_user_id()));

grant select on app.commands to todo_user;
grant insert (user_id, id) on app.commands to todo_user;

-- Signing up and logging in: the only door to other people's rows, and a narrow one.

-- sql/app/tables/auth_tokens.sql

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

-- sql/app/access/auth_tokens.sql

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
reset role;
grant create on schema app to todo_registrar;

set local role todo_registrar;

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
        select from app.users as u
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

-- sql/app/functions/sign_up.sql

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

-- sql/app/functions/verify_email.sql

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

-- sql/app/functions/find_login.sql

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

-- sql/app/functions/log_in.sql

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

-- sql/app/functions/refresh.sql

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

-- sql/app/functions/log_out.sql

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

-- sql/app/functions/request_reset.sql

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

-- sql/app/functions/reset_password.sql

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
