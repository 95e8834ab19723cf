-- Every mutant of the schema: name and statement, from the catalogue. Roles belong to
-- the whole server, so that changes of roles and memberships are not among them; they
-- are read from the catalogue by tests/pgtap/roles.sql.

with
ours as (
    select c.oid, c.relname, n.nspname, format('%I.%I', n.nspname, c.relname) as name
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    where n.nspname in ('app', 'app_auth', 'app_private') and c.relkind in ('r', 'p', 'v')
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
    where n.nspname in ('app', 'app_auth', 'app_private')
),

policies as (
    select p.*, format('%I.%I', p.schemaname, p.tablename) as name
    from pg_catalog.pg_policies as p
    where p.schemaname in ('app', 'app_auth')
),

-- A condition of the token that is left out: each is one promise of its own.
conditions (what, old, new) as (
    values
    ('mac', 'if sha256(v_key.outer_pad || v_mac)', 'if true or sha256(v_key.outer_pad || v_mac)'),
    ('role', 'v_part[3] = p_role', 'true'),
    ('not before', 'v_part[6]::bigint <= v_now', 'true'),
    ('expires', 'v_part[7]::bigint > v_now', 'true'),
    ('lifetime', '- v_part[6]::bigint <= 900', '- v_part[6]::bigint <= 90000'),
    ('retired', '(k.retired_at is null or k.retired_at > statement_timestamp())', 'true'),
    ('version', 'v_part[1] = ''v1''', 'true'),
    ('parts', 'cardinality(v_part) = 8', 'true'),
    ('length', 'octet_length(v_token) <= 300', 'true'),
    ('hex', 'translate(v_part[8], ''0123456789abcdef'', '''') = ''''', 'true'),
    ('digits', 'translate(v_part[2], ''0123456789'', '''') = ''''', 'true')
),

-- What keeps an account its owner's, each left out of the function that asks for it.
account_conditions (proname, what, old, new) as (
    values
    ('verify_email', 'password', 'and s.password_hash = p_password_hash', ''),
    ('verify_email', 'age', 'and s.expires_at > now()', ''),
    ('verify_email', 'verified', 'u.email_verified_at is null and', ''),
    ('verify_email', 'active', 'and u.is_active', ''),
    ('verify_email', 'others', 'delete from app_auth.sign_ups where lower(email) = lower(v_email);', 'delete from app_auth.sign_ups where token_hash = p_token_hash;'),
    ('verify_email', 'sessions', 'delete from app_auth.sessions where user_id = v_user_id;', ''),
    ('find_sign_up', 'age', 'and s.expires_at > now()', ''),
    ('find_login', 'active', 'and u.is_active', ''),
    ('find_login', 'verified', 'and u.email_verified_at is not null', ''),
    ('find_login', 'count', 'case when v_is_blocked then v_decoy else coalesce(v_hash, v_decoy) end', 'coalesce(v_hash, v_decoy)'),
    ('log_in', 'active', 'and is_active', ''),
    ('log_in', 'verified', 'and email_verified_at is not null', ''),
    ('log_in', 'password', 'and password_hash = p_password_hash', ''),
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
)

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
from ours where nspname in ('app', 'app_auth')
union all
select 'table ' || relname || ' without row level security', format('alter table %s disable row level security', name)
from ours where nspname in ('app', 'app_auth')
union all
select
    'table ' || o.relname || ' grants ' || p.privilege || ' to ' || r.role,
    format('grant %s on %s to %I', p.privilege, o.name, r.role)
from ours as o
cross join (
    values ('select'), ('insert'), ('update'), ('delete'), ('truncate'), ('references'), ('trigger')
) as p (privilege)
cross join (values ('todo_user'), ('todo_auth'), ('todo_app'), ('public')) as r (role)
where not pg_catalog.has_table_privilege(
    case r.role when 'public' then 'todo_auth' else r.role end, o.oid, p.privilege
)
and (o.nspname in ('app', 'app_auth') or p.privilege in ('select', 'update'))
union all
select
    'column ' || o.relname || '.' || a.attname || ' update granted',
    format('grant update (%I) on %s to todo_user', a.attname, o.name)
from ours as o
inner join pg_catalog.pg_attribute as a on o.oid = a.attrelid and a.attnum > 0
where o.nspname = 'app'
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
from functions
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
    'function read_token without ' || c.what,
    replace(f.definition, c.old, c.new)
from functions as f cross join conditions as c
where f.proname = 'read_token'
union all
select
    'function ' || f.proname || ' without ' || c.what,
    replace(f.definition, c.old, c.new)
from functions as f
inner join account_conditions as c on f.proname = c.proname
union all
select 'schema app_auth opened', 'grant usage on schema app_auth to todo_user'
union all
select 'schema app_private opened', 'grant usage on schema app_private to todo_user'
union all
select 'schema app grants create', 'grant create on schema app to todo_user'
union all
select 'default execute for everybody', 'alter default privileges for role todo_owner grant execute on functions to public'
order by 1
