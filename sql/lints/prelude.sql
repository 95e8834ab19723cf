-- What every lint may read, in front of each: our objects, and who can reach what.
--
-- A lint is one query in a file of its own. Its first comment is its page; `-- fault:`
-- is a statement that it must find. It gives one row for each object that is not as it
-- should be: object, what is wrong, why it matters, the statement that mends it.

with recursive
rooms (oid, name) as (
    select oid, nspname from pg_catalog.pg_namespace
    where nspname in ('app', 'app_auth', 'app_data', 'app_integrity', 'app_private')
),

-- Whom SQL of the backend's login can become, and the login itself.
backend (oid, name) as (
    select oid, rolname from pg_catalog.pg_roles where rolname = 'todo_app'
    union
    select r.oid, r.rolname
    from pg_catalog.pg_auth_members as m
    inner join backend as b on m.member = b.oid
    inner join pg_catalog.pg_roles as r on m.roleid = r.oid
),

-- Who owns and runs things, and is never what SQL of the backend's login becomes.
owners (oid, name) as (
    select oid, rolname from pg_catalog.pg_roles
    where rolname in (
        'todo_owner', 'todo_registrar', 'todo_integrity', 'todo_searcher'
    )
),

relations as (
    select
        c.oid, n.name as room, c.relname as name, c.relkind as kind, c.relowner as owner,
        c.relacl as acl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
        c.oid::pg_catalog.regclass::text as path
    from pg_catalog.pg_class as c
    inner join rooms as n on c.relnamespace = n.oid
),

columns as (
    select
        r.oid, r.room, r.name as relation, r.kind, a.attnum as number, a.attname as name,
        a.atttypid as type, a.attstattarget as target, a.attacl as acl, a.attnotnull,
        a.attgenerated, r.path || '.' || a.attname as path
    from relations as r
    inner join pg_catalog.pg_attribute as a
    on r.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
),

functions as (
    select
        p.oid, n.name as room, p.proname as name, p.proowner as owner, p.prosecdef,
        p.provolatile, p.proparallel, p.proconfig, p.prosqlbody, p.proleakproof,
        p.prorettype, p.proacl as acl, p.prosrc, l.lanname as language,
        p.oid::pg_catalog.regprocedure::text as path
    from pg_catalog.pg_proc as p
    inner join rooms as n on p.pronamespace = n.oid
    inner join pg_catalog.pg_language as l on p.prolang = l.oid
),

policies as (
    select p.*, pg_catalog.format('%I.%I', p.schemaname, p.tablename) as path
    from pg_catalog.pg_policies as p
    inner join rooms as n on p.schemaname = n.name
),

constraints as (
    select
        k.oid, k.conname as name, k.contype as type, k.conrelid, k.conkey, k.convalidated,
        r.path, r.room, r.name as relation,
        pg_catalog.pg_get_constraintdef(k.oid) as definition
    from pg_catalog.pg_constraint as k
    inner join relations as r on k.conrelid = r.oid
),

-- Every grant on anything of ours; to PUBLIC is grantee 0.
grants as (
    select 'table' as kind, r.path, r.room, r.owner, a.*
    from relations as r cross join lateral pg_catalog.aclexplode(r.acl) as a
    union all
    select 'column', c.path, c.room, r.owner, a.*
    from columns as c
    inner join relations as r on c.oid = r.oid
    cross join lateral pg_catalog.aclexplode(c.acl) as a
    union all
    select 'function', f.path, f.room, f.owner, a.*
    from functions as f cross join lateral pg_catalog.aclexplode(
        coalesce(f.acl, pg_catalog.acldefault('f', f.owner))
    ) as a
)
