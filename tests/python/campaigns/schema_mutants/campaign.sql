-- Every mutant of the schema: name, statement, and, where it is one of the whole server,
-- the statement that takes it back; from the catalogue.

with
ours as (
    select
        c.oid,
        c.relname,
        n.nspname,
        case c.relkind when 'v' then 'view' else 'table' end as kind,
        format('%I.%I', n.nspname, c.relname) as name
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    where n.nspname in ('app', 'app_auth', 'app_data', 'app_integrity', 'app_private')
    and c.relkind in ('r', 'p', 'v')
),

functions as (
    select
        p.oid,
        p.proname,
        p.prosecdef,
        p.prorettype = 'trigger'::regtype as is_trigger,
        p.provolatile,
        format(
            '%I.%I(%s)',
            n.nspname,
            p.proname,
            pg_catalog.pg_get_function_identity_arguments(p.oid)
        ) as name,
        pg_catalog.pg_get_functiondef(p.oid) as definition
    from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_namespace as n on p.pronamespace = n.oid
    where n.nspname in ('app', 'app_auth', 'app_data', 'app_integrity', 'app_private')
),

policies as (
    select p.*, format('%I.%I', p.schemaname, p.tablename) as name
    from pg_catalog.pg_policies as p
    where p.schemaname in ('app_auth', 'app_data')
),

-- A line of a function that is left out or turned round: each is one promise.
lines (function, what, old, new) as (
    values
    ('read_token', 'mac', '    ) = sha256(v_key.outer_pad || decode(v_part[8], ''hex''))', '    ) is not null'),
    ('read_token', 'role', 'v_part[3] = p_role', 'true'),
    ('read_token', 'not before', 'v_part[6]::bigint <= v_now', 'true'),
    ('read_token', 'expires', 'v_part[7]::bigint > v_now', 'true'),
    ('read_token', 'lifetime', '- v_part[6]::bigint <= 900', '- v_part[6]::bigint <= 90000'),
    ('read_token', 'retired', '(k.retired_at is null or k.retired_at > statement_timestamp())', 'true'),
    ('read_token', 'length', 'octet_length(v_token) > 300', 'false'),
    ('read_token', 'version', '^v1[.]', '^v[0-9][.]'),
    ('read_token', 'signing second', 'v_part[6]::bigint + 60', 'v_part[6]::bigint + 6000'),
    ('read_claims', 'listing', 'or not exists (', 'or false and not exists ('),
    ('read_claims', 'session', 'l.login = session_user', 'true'),
    ('read_claims', 'length', 'octet_length(v_text) > 16384', 'false'),
    ('read_claims', 'object', 'jsonb_typeof(v_claims) = ''object''', 'true'),
    ('read_claims', 'form of sub', '~* ''^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$''', '<> '''''),
    ('read_claims', 'number', 'jsonb_typeof(v_claims -> ''iat'') = ''number''', 'true'),
    ('read_claims', 'range', 'between 0 and 1e11', '>= 0'),
    ('current_user_id', 'admission', 'and app_auth.is_admitted(v_shown.user_id, v_shown.signed_at)', ''),
    ('current_user_id', 'signing second', 'v_shown.signed_at)', 'null)'),
    ('current_user_id', 'token first', '= '''' then', 'is not null then'),
    ('current_user_id', 'role of token', 'read_token(''user'')', 'read_token(''auth'')'),
    ('authenticate', 'refusal', 'if v_user_id is null then', 'if false then'),
    ('authenticate', 'code', 'invalid_authorization_specification', 'no_data_found'),
    ('require_scope', 'scope', 'if v_wanted = (select', 'if v_wanted is not null or v_wanted = (select'),
    ('require_scope', 'function', 'p_function || '':'' || p_argument', 'p_argument'),
    ('require_scope', 'argument', 'p_function || '':'' || p_argument', 'p_function'),
    ('require_scope', 'role of token', 'read_token(''auth'')', 'read_token(''user'')'),
    ('is_admitted', 'activity', 'and u.is_active', ''),
    ('is_admitted', 'person', 'u.id = p_user_id', 'true'),
    ('is_admitted', 'age', 'or p_signed_at >= floor(', 'or true or p_signed_at >= floor('),
    ('is_admitted', 'nobody older', 'u.tokens_valid_since is null', 'false'),
    ('is_admitted', 'same second', '>= floor(extract(epoch from u.tokens_valid_since))', '>= extract(epoch from u.tokens_valid_since)'),
    ('date_deletion', 'date', 'new.deleted_at := now();', ''),
    ('date_deletion', 'act', 'new.deletion_id := coalesce(', 'new.deletion_id := app.uuid_v7(); perform coalesce('),
    ('date_deletion', 'keeping the date', 'new.deleted_at := old.deleted_at;', ''),
    ('date_deletion', 'keeping the act', 'new.deletion_id := old.deletion_id;', 'new.deletion_id := app.uuid_v7();'),
    ('date_deletion', 'restoring', 'new.deletion_id := null;', ''),
    ('refuse_live_deletion', 'refusal', 'if current_user = ''todo_user'' then', 'if false then'),
    ('position_between', 'bound', 'octet_length(v_after) > 200 or octet_length(p_before) > 200', 'false'),
    ('is_time_zone', 'form', 'or p_name !~', 'or false and p_name !~'),
    -- What keeps an account its owner's.
    ('verify_email', 'password', 'and s.password_hash = p_password_hash', ''),
    ('verify_email', 'age', 'and s.expires_at > now()', ''),
    ('verify_email', 'verified', 'u.email_verified_at is null and', ''),
    ('verify_email', 'active', 'and u.is_active', ''),
    ('verify_email', 'others', 'delete from app_auth.sign_ups where lower(email) = lower(v_email);', 'delete from app_auth.sign_ups where token_hash = p_token_hash;'),
    ('verify_email', 'sessions', 'delete from app_auth.sessions where user_id = v_user_id;', ''),
    ('find_sign_up', 'age', 'and s.expires_at > now()', ''),
    ('find_login', 'address', 'when lower(u.email) = lower(p_email)', 'when true'),
    ('find_login', 'active', 'and u.is_active', ''),
    ('find_login', 'verified', 'and u.email_verified_at is not null', ''),
    ('find_login', 'count', 'case when v_is_blocked then v_decoy else coalesce(v_hash, v_decoy) end', 'coalesce(v_hash, v_decoy)'),
    ('log_in', 'address', 'when lower(u.email) = lower(p_email)', 'when true'),
    ('log_in', 'password', 'and u.password_hash = p_password_hash', ''),
    ('log_in', 'active', 'and u.is_active', ''),
    ('log_in', 'verified', 'and u.email_verified_at is not null', ''),
    ('log_in', 'second look at the password', 'and password_hash = p_password_hash', ''),
    ('log_in', 'second look at active', 'and is_active', ''),
    ('log_in', 'second look at verified', 'and email_verified_at is not null', ''),
    ('rotate_refresh_token', 'reuse', 'delete from app_auth.sessions', 'perform from app_auth.sessions'),
    ('rotate_refresh_token', 'successor', 'v_token.successor_hash = p_new_token_hash and', ''),
    ('rotate_refresh_token', 'used successor', 'and t.successor_hash is null', ''),
    ('rotate_refresh_token', 'age of the log-in', 'or v_session.expires_at <= now()', ''),
    ('rotate_refresh_token', 'age of the token', 'or v_token.expires_at <= now()', ''),
    ('rotate_refresh_token', 'active', 'and u.is_active', ''),
    ('rotate_refresh_token', 'since', 'and (u.tokens_valid_since is null or u.tokens_valid_since <= v_session.created_at)', ''),
    ('reset_password', 'age', 'and r.expires_at > now()', ''),
    ('reset_password', 'active', 'and is_active', ''),
    ('reset_password', 'verified', 'and email_verified_at is not null', ''),
    ('reset_password', 'since', ', tokens_valid_since = now()', ''),
    ('reset_password', 'sessions', 'delete from app_auth.sessions where user_id = v_user_id;', ''),
    ('reset_password', 'others', 'delete from app_auth.password_resets where lower(email) = lower(v_email);', 'delete from app_auth.password_resets where token_hash = p_token_hash;')
),

rooms_of_roles as (
    select r.*, quote_ident(r.rolname) as name from pg_catalog.pg_roles as r
    where r.rolname ~ '^todo_'
),

-- Roles belong to the whole server: what breaks one is undone.
roles (name, sql, undo) as (
    select
        format('role %s %s', r.rolname, p.power),
        format('alter role %s %s', r.name, p.power),
        format('alter role %s no%s', r.name, p.power)
    from rooms_of_roles as r
    cross join (
        values ('bypassrls'), ('createrole'), ('createdb'), ('superuser'), ('replication'),
        ('inherit')
    ) as p (power)
    where not (p.power = 'inherit' and r.rolinherit)
    union all
    select
        format('role %s login', r.rolname),
        format('alter role %s login', r.name),
        format('alter role %s nologin', r.name)
    from rooms_of_roles as r where not r.rolcanlogin
    union all
    select
        format('role %s becomes %s', m.rolname, r.rolname),
        format('grant %s to %s', r.name, m.name),
        format('revoke %s from %s', r.name, m.name)
    from rooms_of_roles as r
    inner join rooms_of_roles as m on r.oid <> m.oid
    where m.rolname in ('todo_app', 'todo_user', 'todo_auth')
    and not pg_catalog.pg_has_role(m.oid, r.oid, 'member')
    and not pg_catalog.pg_has_role(r.oid, m.oid, 'member')
    union all
    select
        format('role %s becomes %s no more', m.member::regrole, m.roleid::regrole),
        format('revoke %s from %s', m.roleid::regrole, m.member::regrole),
        format('grant %s to %s', m.roleid::regrole, m.member::regrole)
        || case when current_setting('server_version_num')::integer >= 160000
            then ' with inherit false, set true' else '' end
    from pg_catalog.pg_auth_members as m
    where m.member::regrole::text ~ '^todo_'
    union all
    select
        format('role %s gives %s away', m.member::regrole, m.roleid::regrole),
        format('grant %s to %s with admin option', m.roleid::regrole, m.member::regrole),
        format('revoke admin option for %s from %s', m.roleid::regrole, m.member::regrole)
    from pg_catalog.pg_auth_members as m
    where m.member::regrole::text ~ '^todo_'
    union all
    select
        format('role %s without %s', s.setrole::regrole, split_part(c.setting, '=', 1)),
        format('alter role %s reset %s', s.setrole::regrole, split_part(c.setting, '=', 1)),
        format('alter role %s set %s = %L', s.setrole::regrole, split_part(c.setting, '=', 1), split_part(c.setting, '=', 2))
    from pg_catalog.pg_db_role_setting as s
    cross join lateral unnest(s.setconfig) as c (setting)
    where s.setrole::regrole::text ~ '^todo_'
    union all
    select
        format('role %s with row_security off', r.rolname),
        format('alter role %s set row_security = off', r.name),
        format('alter role %s reset row_security', r.name)
    from rooms_of_roles as r where r.rolname in ('todo_app', 'todo_user', 'todo_auth')
),

mutants (name, sql) as (
select 'policy ' || policyname || ' dropped', format('drop policy %I on %s', policyname, name)
from policies
union all
select 'policy ' || policyname || ' using true', format('alter policy %I on %s using (true)', policyname, name)
from policies where qual is not null and qual <> 'true'
union all
select 'policy ' || policyname || ' check true', format('alter policy %I on %s with check (true)', policyname, name)
from policies where with_check is not null and with_check <> 'true'
union all
select 'policy ' || policyname || ' to public', format('alter policy %I on %s to public', policyname, name)
from policies
union all
select 'table ' || relname || ' not forced', format('alter table %s no force row level security', name)
from ours where nspname in ('app_auth', 'app_data') and kind = 'table'
union all
select 'table ' || relname || ' without row level security', format('alter table %s disable row level security', name)
from ours where nspname in ('app_auth', 'app_data') and kind = 'table'
union all
select
    o.kind || ' ' || o.relname || ' grants ' || p.privilege || ' to ' || r.role,
    format('grant %s on %s to %I', p.privilege, o.name, r.role)
from ours as o
cross join (
    values ('select'), ('insert'), ('update'), ('delete'), ('truncate'), ('references'), ('trigger')
) as p (privilege)
cross join (values ('todo_user'), ('todo_auth'), ('todo_app'), ('public')) as r (role)
where not pg_catalog.has_table_privilege(
    case r.role when 'public' then 'todo_auth' else r.role end, o.oid, p.privilege
)
and (o.nspname in ('app', 'app_auth', 'app_data') or p.privilege in ('select', 'update'))
union all
select
    'column ' || a.attname || ' of ' || o.kind || ' ' || o.relname || ' update granted',
    format('grant update (%I) on %s to todo_user', a.attname, o.name)
from ours as o
inner join pg_catalog.pg_attribute as a on o.oid = a.attrelid and a.attnum > 0
where o.nspname in ('app', 'app_data')
and a.attgenerated = ''
and not pg_catalog.has_column_privilege('todo_user', o.oid, a.attnum, 'update')
union all
select
    'constraint ' || c.conname || ' dropped',
    format('alter table %s drop constraint %I cascade', o.name, c.conname)
from pg_catalog.pg_constraint as c
inner join ours as o on c.conrelid = o.oid
where c.contype in ('c', 'f', 'u', 'p')
union all
select 'index ' || c.relname || ' dropped', format('drop index %I.%I', o.nspname, c.relname)
from pg_catalog.pg_index as i
inner join ours as o on i.indrelid = o.oid
inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
where not exists (select from pg_catalog.pg_constraint as k where k.conindid = i.indexrelid)
union all
select
    'column ' || o.relname || '.' || a.attname || ' nullable',
    format('alter table %s alter column %I drop not null', o.name, a.attname)
from ours as o
inner join pg_catalog.pg_attribute as a on o.oid = a.attrelid and a.attnum > 0
where a.attnotnull and a.attgenerated = ''
and not exists (
    select from pg_catalog.pg_constraint as k
    where k.conrelid = o.oid and k.contype = 'p' and a.attnum = any(k.conkey)
)
union all
select 'trigger ' || t.tgname || ' disabled', format('alter table %s disable trigger %I', o.name, t.tgname)
from pg_catalog.pg_trigger as t
inner join ours as o on t.tgrelid = o.oid
where not t.tgisinternal
union all
select 'function ' || proname || ' without search_path', format('alter function %s reset search_path', name)
from functions where definition ~ 'SET search_path' and (prosecdef or definition !~ '\n(BEGIN ATOMIC|RETURN )')
union all
select
    'function ' || proname || case when prosecdef then ' as invoker' else ' as definer' end,
    format('alter function %s security %s', name, case when prosecdef then 'invoker' else 'definer' end)
from functions
union all
select 'function ' || proname || ' for everybody', format('grant execute on function %s to public', name)
from functions
union all
select 'function ' || proname || ' immutable', format('alter function %s immutable', name)
from functions where proname = 'current_user_id'
union all
select
    'function ' || proname || ' without its scope',
    regexp_replace(definition, 'perform app_private\.require_scope\([^;]*;', '')
from functions where definition ~ 'perform app_private\.require_scope'
union all
select
    format('function %s without %s', l.function, l.what),
    case when strpos(f.definition, l.old) > 0 then replace(f.definition, l.old, l.new)
        else format('do $$ begin raise exception %L; end $$', 'no such text: ' || l.old) end
from lines as l
left join functions as f on l.function = f.proname
union all
select
    format('policy %s using %s', policyname, v.form),
    format(
        'alter policy %I on %s using (%s)', policyname, name,
        replace(v.text, 'id_', case tablename when 'users' then 'id' else 'user_id' end)
    )
from policies
cross join (
    values
    ('bare only', 'id_ = app.current_user_id()'),
    ('wrapped only', 'id_ = (select app.current_user_id())'),
    ('eager only', 'id_ = app.current_user_id() and id_ = (select app.current_user_id())'),
    (
        'the mask behind',
        'id_ = app.current_user_id() and id_ = (select app.current_user_id())'
        ' and (select app.current_space_mask())[space_number] is not null'
    ),
    (
        'the mask bare',
        '(app.current_space_mask())[space_number] is not null'
        ' and id_ = app.current_user_id() and id_ = (select app.current_user_id())'
    )
) as v (form, text)
where qual ~ 'current_user_id'
union all
select
    format('policy %s checks bare', policyname),
    format(
        'alter policy %I on %s with check (%I = app.current_user_id())', policyname, name,
        case tablename when 'users' then 'id' else 'user_id' end
    )
from policies
where with_check ~ 'current_user_id'
union all
select
    format('column %s.%s with statistics', o.relname, a.attname),
    format('alter table %s alter column %I set statistics 100', o.name, a.attname)
from ours as o
inner join pg_catalog.pg_attribute as a on o.oid = a.attrelid and a.attnum > 0
where a.attstattarget = 0 and not a.attisdropped
union all
select 'schema app_auth opened', 'grant usage on schema app_auth to todo_user'
union all
select 'schema app_private opened', 'grant usage on schema app_private to todo_user'
union all
select 'schema app_data opened', 'grant usage on schema app_data to todo_user'
union all
select 'view ' || relname || ' as its owner', format('alter view %s reset (security_invoker)', name)
from ours where kind = 'view'
union all
select
    'view ' || relname || ' without where',
    format(
        'create or replace view %s with (security_invoker = true) as %s', name,
        regexp_replace(pg_catalog.pg_get_viewdef(oid), '\s+WHERE true;$', ';')
    )
from ours where nspname = 'app' and kind = 'view'
union all
select 'schema app grants create', 'grant create on schema app to todo_user'
union all
select 'default execute for everybody', 'alter default privileges for role todo_owner grant execute on functions to public'
)

select m.name, m.sql, null as undo from mutants as m
union all
select r.name, r.sql, r.undo from roles as r
order by 1
