"""The catalogue queries: one per kind of object, ordered so that output is stable.

Every query takes ``:schemas`` and may take ``:role``; a null role means the owner, who
may do everything. Rows that hang on a relation carry its oid as ``relation``.
"""

# ruff: noqa: S608 - put together from constants of this module alone

from __future__ import annotations

from typing import Final

# Columns of the constraint or index numbers in %s, as names in their order.
_NAMES = """array(
    select a.attname::text
    from unnest(%s) with ordinality as u (number, place)
    join pg_attribute as a on a.attrelid = %s and a.attnum = u.number
    order by u.place
)"""

# Relations of the schema that belong to no extension.
_RELATIONS = """pg_class as r
join pg_namespace as n on n.oid = r.relnamespace
where n.nspname = any(:schemas)
and r.relkind in ('r', 'p', 'v', 'm', 'f')
and not exists (
    select from pg_depend as d
    where d.classid = 'pg_class'::regclass and d.objid = r.oid and d.deptype = 'e'
)"""

SCHEMA: Final = """
select obj_description(n.oid, 'pg_namespace') as comment
from pg_namespace as n where n.nspname = :name
"""

ROLE: Final = "select from pg_roles where rolname = :name"

RELATIONS: Final = f"""
select
    r.oid::bigint as relation,
    n.nspname as schema,
    n.nspname = (cast(:schemas as text[]))[1] as home,
    r.relname as name,
    case
        when r.relispartition then 'partition'
        else case r.relkind
            when 'r' then 'table' when 'p' then 'partitioned' when 'v' then 'view'
            when 'm' then 'materialized' else 'foreign'
        end
    end as kind,
    obj_description(r.oid, 'pg_class') as comment,
    case
        when r.relrowsecurity and r.relforcerowsecurity then 'forced'
        when r.relrowsecurity then 'enabled'
        else 'off'
    end as row_security,
    cast(:role as text) is null
    or has_table_privilege(:role, r.oid, 'DELETE') as deletable,
    case when r.relkind in ('v', 'm') then pg_get_viewdef(r.oid) end as definition
from {_RELATIONS}
order by
    array_position(cast(:schemas as text[]), n.nspname::text), r.relname collate "C"
"""

COLUMNS: Final = f"""
select
    r.oid::bigint as relation,
    a.attname as name,
    a.attnum as number,
    a.atttypid as type,
    format_type(a.atttypid, a.atttypmod) as type_name,
    not (a.attnotnull or t.typtype = 'd' and t.typnotnull) as nullable,
    pg_get_expr(d.adbin, d.adrelid) as default,
    t.typdefault is not null as domain_has_default,
    t.typnotnull and not a.attnotnull as only_domain_refuses_null,
    a.attgenerated <> '' as generated,
    a.attgenerated = 'v' as virtual,
    a.attidentity as identity,
    (
        select sn.nspname || '.' || s.relname
        from pg_depend as p
        join pg_class as s on s.oid in (p.objid, p.refobjid) and s.relkind = 'S'
        join pg_namespace as sn on sn.oid = s.relnamespace
        where (
            p.classid = 'pg_class'::regclass and p.refobjid = r.oid
            and p.refobjsubid = a.attnum and p.deptype = 'i'
        ) or (
            p.classid = 'pg_attrdef'::regclass and p.objid = d.oid
            and p.refclassid = 'pg_class'::regclass
        )
        order by s.relname collate "C" limit 1
    ) as sequence,
    case
        when a.attcollation <> t.typcollation then quote_ident(c.collname)
    end as collation,
    col_description(r.oid, a.attnum) as comment,
    cast(:role as text) is null
    or has_column_privilege(:role, r.oid, a.attnum, 'SELECT') as may_select,
    cast(:role as text) is null
    or has_column_privilege(:role, r.oid, a.attnum, 'INSERT') as may_insert,
    cast(:role as text) is null
    or has_column_privilege(:role, r.oid, a.attnum, 'UPDATE') as may_update
from (select r.oid from {_RELATIONS}) as r
join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
join pg_type as t on t.oid = a.atttypid
left join pg_collation as c on c.oid = a.attcollation
left join pg_attrdef as d on d.adrelid = r.oid and d.adnum = a.attnum
order by r.oid, a.attnum
"""

KEYS: Final = f"""
select
    k.conrelid::bigint as relation,
    k.conname as name,
    {_NAMES % ("k.conkey", "k.conrelid")} as columns,
    k.contype = 'p' as is_primary,
    not i.indnullsnotdistinct as nulls_distinct,
    {_NAMES % ("i.indkey[i.indnkeyatts:]", "k.conrelid")} as include,
    k.condeferrable as deferrable,
    k.condeferred as deferred,
    coalesce(
        obj_description(k.oid, 'pg_constraint'), obj_description(k.conindid, 'pg_class')
    ) as comment
from pg_constraint as k
join pg_index as i on i.indexrelid = k.conindid
where k.contype in ('p', 'u')
and k.connamespace in (select oid from pg_namespace where nspname = any(:schemas))
order by k.conrelid, k.contype, k.conname collate "C"
"""

CHECKS: Final = f"""
select
    k.conrelid::bigint as relation,
    k.conname as name,
    {_NAMES % ("k.conkey", "k.conrelid")} as columns,
    pg_get_expr(k.conbin, k.conrelid) as expression,
    obj_description(k.oid, 'pg_constraint') as comment,
    k.convalidated as validated
from pg_constraint as k
where k.contype = 'c' and k.conrelid <> 0
and k.connamespace in (select oid from pg_namespace where nspname = any(:schemas))
order by k.conrelid, k.conname collate "C"
"""

FOREIGN_KEYS: Final = f"""
select
    k.conrelid::bigint as relation,
    k.conname as name,
    {_NAMES % ("k.conkey", "k.conrelid")} as columns,
    n.nspname || '.' || f.relname as target,
    {_NAMES % ("k.confkey", "k.confrelid")} as target_columns,
    (array['NO ACTION', 'RESTRICT', 'CASCADE', 'SET NULL', 'SET DEFAULT'])[
        strpos('arcnd', k.confdeltype::text)
    ] || case
        when coalesce(cardinality(k.confdelsetcols), 0) = 0 then ''
        else ' ('
            || array_to_string({_NAMES % ("k.confdelsetcols", "k.conrelid")}, ', ')
            || ')'
    end as on_delete,
    (array['NO ACTION', 'RESTRICT', 'CASCADE', 'SET NULL', 'SET DEFAULT'])[
        strpos('arcnd', k.confupdtype::text)
    ] as on_update,
    case k.confmatchtype when 'f' then 'FULL' when 'p' then 'PARTIAL' else 'SIMPLE' end
        as match,
    k.condeferrable as deferrable,
    k.condeferred as deferred,
    obj_description(k.oid, 'pg_constraint') as comment
from pg_constraint as k
join pg_class as f on f.oid = k.confrelid
join pg_namespace as n on n.oid = f.relnamespace
where k.contype = 'f' and k.conparentid = 0
and k.connamespace in (select oid from pg_namespace where nspname = any(:schemas))
order by k.conrelid, k.conname collate "C"
"""

EXCLUSIONS: Final = """
select
    k.conrelid::bigint as relation,
    k.conname as name,
    m.amname as method,
    array(
        select pg_get_indexdef(k.conindid, p.place::integer, false)
        from unnest(k.conexclop) with ordinality as p (operator, place)
        order by p.place
    ) as expressions,
    array(
        select o.oprname::text
        from unnest(k.conexclop) with ordinality as p (operator, place)
        join pg_operator as o on o.oid = p.operator
        order by p.place
    ) as operators,
    pg_get_expr(i.indpred, i.indrelid) as predicate,
    k.condeferrable as deferrable,
    k.condeferred as deferred,
    obj_description(k.oid, 'pg_constraint') as comment
from pg_constraint as k
join pg_index as i on i.indexrelid = k.conindid
join pg_class as c on c.oid = k.conindid
join pg_am as m on m.oid = c.relam
where k.contype = 'x'
and k.connamespace in (select oid from pg_namespace where nspname = any(:schemas))
order by k.conrelid, k.conname collate "C"
"""

# A key's options: operator class and collation where they are not the default, order.
INDEXES: Final = f"""
select
    i.indrelid::bigint as relation,
    c.relname as name,
    m.amname as method,
    i.indisunique as is_unique,
    array(
        select pg_get_indexdef(i.indexrelid, p.place, false)
        from generate_series(1, i.indnkeyatts) as p (place) order by p.place
    ) as expressions,
    array(
        select a.attname::text
        from generate_series(1, i.indnkeyatts) as p (place)
        left join pg_attribute as a
            on a.attrelid = i.indrelid and a.attnum = i.indkey[p.place - 1]
            and a.attnum > 0
        order by p.place
    ) as columns,
    array(
        select
            case when o.opcdefault then ' ' else ' ' || quote_ident(o.opcname) end
            || case
                when m.amname <> 'btree' or i.indoption[p.place - 1] = 0 then ''
                when i.indoption[p.place - 1] = 3 then ' DESC'
                when i.indoption[p.place - 1] = 1 then ' DESC NULLS LAST'
                else ' NULLS FIRST'
            end
        from generate_series(1, i.indnkeyatts) as p (place)
        join pg_opclass as o on o.oid = i.indclass[p.place - 1]
        order by p.place
    ) as options,
    {_NAMES % ("i.indkey[i.indnkeyatts:]", "i.indrelid")} as include,
    pg_get_expr(i.indpred, i.indrelid) as predicate,
    not i.indnullsnotdistinct as nulls_distinct,
    array(
        select array[split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)]
        from unnest(c.reloptions) as o order by 1
    ) as settings,
    pg_get_indexdef(i.indexrelid) as definition,
    obj_description(i.indexrelid, 'pg_class') as comment
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_am as m on m.oid = c.relam
where c.relnamespace in (select oid from pg_namespace where nspname = any(:schemas))
and not exists (
    select from pg_constraint as k
    where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
)
order by i.indrelid, c.relname collate "C"
"""

POLICIES: Final = """
select
    p.polrelid::bigint as relation,
    p.polname as name,
    case p.polcmd
        when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
        when 'd' then 'delete' else 'all'
    end as command,
    array(
        select case when u.role = 0 then 'public' else r.rolname end
        from unnest(p.polroles) as u (role)
        left join pg_roles as r on r.oid = u.role
        order by 1
    ) as roles,
    p.polpermissive as permissive,
    pg_get_expr(p.polqual, p.polrelid) as using,
    pg_get_expr(p.polwithcheck, p.polrelid) as check,
    obj_description(p.oid, 'pg_policy') as comment
from pg_policy as p
join pg_class as c on c.oid = p.polrelid
where c.relnamespace in (select oid from pg_namespace where nspname = any(:schemas))
order by p.polrelid, strpos('rawd*', p.polcmd::text), p.polname collate "C"
"""

TRIGGERS: Final = """
select
    t.tgrelid::bigint as relation,
    t.tgname as name,
    pg_get_triggerdef(t.oid) as definition,
    -- Only what runs before a row (1 and 2) can change it.
    t.tgtype & 7 = 7 as on_insert,
    t.tgtype & 19 = 19 as on_update,
    obj_description(t.oid, 'pg_trigger') as comment
from pg_trigger as t
join pg_class as c on c.oid = t.tgrelid
where not t.tgisinternal
and c.relnamespace in (select oid from pg_namespace where nspname = any(:schemas))
order by t.tgrelid, t.tgname collate "C"
"""

GRANTS: Final = f"""
select
    g.relation,
    case when g.grantee = 0 then 'public' else pg_get_userbyid(g.grantee) end as role,
    lower(g.privilege_type) as privilege,
    g.columns
from (
    select r.oid::bigint as relation, r.relowner, x.grantee, x.privilege_type,
        array[]::text[] as columns
    from (select r.oid, r.relowner, r.relacl from {_RELATIONS}) as r,
        aclexplode(r.relacl) as x
    union all
    select r.oid::bigint, r.relowner, x.grantee, x.privilege_type,
        array_agg(a.attname::text order by a.attnum)
    from (select r.oid, r.relowner from {_RELATIONS}) as r
    join pg_attribute as a on a.attrelid = r.oid and not a.attisdropped,
        aclexplode(a.attacl) as x
    group by r.oid, r.relowner, x.grantee, x.privilege_type
) as g
where g.grantee <> g.relowner
order by
    g.relation, 2,
    array_position(
        array['select', 'insert', 'update', 'delete', 'truncate', 'references',
            'trigger', 'maintain'],
        lower(g.privilege_type)
    ),
    cardinality(g.columns)
"""
