"""The catalogue queries about functions and types; see `queries` for the rules."""

from __future__ import annotations

from typing import Final

TYPES: Final = """
select
    t.oid,
    format_type(t.oid, null) as name,
    n.nspname || '.' || t.typname as address,
    t.typtype as kind,
    t.typcategory = 'A' and t.typelem <> 0 as is_array,
    t.typelem as element,
    exists (
        select from pg_depend as d
        where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
    ) as of_extension,
    t.typname as bare,
    t.typbasetype as base,
    format_type(nullif(t.typbasetype, 0), t.typtypmod) as base_name
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
"""

# Functions, and whether one of the executors may execute them; without a role, all are.
FUNCTIONS: Final = """
select
    n.nspname as schema,
    p.proname as name,
    p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as signature,
    case p.prokind when 'p' then 'procedure' else 'function' end as kind,
    p.proargnames as names,
    array(
        select case m
            when 'i' then 'in' when 'o' then 'out' when 'b' then 'inout'
            when 'v' then 'variadic' else 'table'
        end
        from unnest(p.proargmodes) with ordinality as u (m, place) order by u.place
    ) as modes,
    coalesce(p.proallargtypes, p.proargtypes::oid[])::oid[]::bigint[] as types,
    pg_get_expr(p.proargdefaults, 'pg_proc'::regclass) as defaults,
    p.prorettype as returns,
    format_type(p.prorettype, null) as returns_name,
    p.proretset as returns_set,
    case p.provolatile
        when 'i' then 'immutable' when 's' then 'stable' else 'volatile'
    end as volatility,
    p.proisstrict as strict,
    p.prosecdef as security_definer,
    obj_description(p.oid, 'pg_proc') as comment,
    array(
        select case when x.grantee = 0 then 'public' else r.rolname end
        from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as x
        left join pg_roles as r on r.oid = x.grantee
        where x.privilege_type = 'EXECUTE' and x.grantee <> p.proowner
        order by 1
    ) as roles,
    cast(:role as text) is null or exists (
        select from unnest(cast(:executors as text[])) as e (role)
        where has_function_privilege(e.role, p.oid, 'EXECUTE')
    ) as executable
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(:schemas)
and p.prokind in ('f', 'p')
and (
    cast(:triggers as boolean)
    or p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
)
and not exists (
    select from pg_depend as d
    where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
)
order by
    array_position(cast(:schemas as text[]), n.nspname::text),
    p.proname collate "C", pg_get_function_identity_arguments(p.oid) collate "C"
"""

DOMAINS: Final = """
select
    t.oid::bigint as relation,
    n.nspname as schema,
    t.typname as name,
    t.typbasetype as base,
    format_type(t.typbasetype, t.typtypmod) as base_name,
    not t.typnotnull as nullable,
    t.typdefault as default,
    case when t.typcollation <> b.typcollation then quote_ident(c.collname) end
        as collation,
    obj_description(t.oid, 'pg_type') as comment
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
join pg_type as b on b.oid = t.typbasetype
left join pg_collation as c on c.oid = t.typcollation
where t.typtype = 'd'
and n.nspname not in ('pg_catalog', 'information_schema')
order by n.nspname collate "C", t.typname collate "C"
"""

DOMAIN_CHECKS: Final = """
select
    k.contypid::bigint as relation,
    k.conname as name,
    array['VALUE'] as columns,
    pg_get_expr(k.conbin, 0) as expression,
    obj_description(k.oid, 'pg_constraint') as comment,
    k.convalidated as validated
from pg_constraint as k
where k.contype = 'c' and k.contypid <> 0 order by k.contypid, k.conname collate "C"
"""

ENUMS: Final = """
select
    n.nspname as schema,
    t.typname as name,
    array(
        select e.enumlabel::text from pg_enum as e
        where e.enumtypid = t.oid order by e.enumsortorder
    ) as labels,
    obj_description(t.oid, 'pg_type') as comment
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
where t.typtype = 'e' order by n.nspname collate "C", t.typname collate "C"
"""

SEQUENCES: Final = """
select
    n.nspname as schema,
    c.relname as name,
    format_type(s.seqtypid, null) as type,
    s.seqstart as start,
    s.seqincrement as increment,
    s.seqmin as minimum,
    s.seqmax as maximum,
    s.seqcache as cache,
    s.seqcycle as cycles,
    (select t.relname from pg_class as t where t.oid = d.refobjid) as owner,
    (
        select a.attname from pg_attribute as a
        where a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    ) as owner_column
from pg_sequence as s
join pg_class as c on c.oid = s.seqrelid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_depend as d
    on d.classid = 'pg_class'::regclass and d.objid = c.oid
    and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
where n.nspname !~ '^pg_' order by n.nspname collate "C", c.relname collate "C"
"""

COMPOSITES: Final = """
select
    n.nspname as schema,
    t.typname as name,
    array(
        select a.attname::text from pg_attribute as a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        order by a.attnum
    ) as names,
    array(
        select a.atttypid::bigint from pg_attribute as a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        order by a.attnum
    ) as types,
    array(
        select format_type(a.atttypid, a.atttypmod) from pg_attribute as a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        order by a.attnum
    ) as type_names,
    obj_description(t.oid, 'pg_type') as comment
from pg_type as t
join pg_class as c on c.oid = t.typrelid
join pg_namespace as n on n.oid = t.typnamespace
where n.nspname not in ('pg_catalog', 'information_schema')
and (
    c.relkind = 'c'
    or n.nspname <> all(:schemas) and t.oid in (
        select p.prorettype from pg_proc as p
        join pg_namespace as pn on pn.oid = p.pronamespace
        where pn.nspname = any(:schemas)
    )
)
order by n.nspname collate "C", t.typname collate "C"
"""
