-- Digests of all that the generated package relies on, by a name in words.
-- :schemas, :schema (the first of them), :behind (whose tables go by the names of their
-- views in the first; may be empty) and :role are replaced by literals: the runtime runs
-- the text as it is.
with schemas as (
    select
        n.oid, n.nspname,
        case when n.nspname in (:schema, :behind) then '' else n.nspname || '.' end
            as prefix
    from pg_namespace as n where n.nspname in (:schemas)
),

found as (
    select
        r.oid, s.nspname, s.prefix || r.relname as relname, r.relkind,
        r.relrowsecurity, r.relforcerowsecurity, r.reloptions
    from pg_class as r
    join schemas as s on s.oid = r.relnamespace
    where r.relkind in ('r', 'p', 'v', 'm', 'f') and not r.relispartition
),

-- A view in front counts as a part of its table, which cannot be reached without it.
relations as (
    select
        r.*, f.oid as front,
        case when f.oid is not null then
            concat_ws(
                ' ', f.relkind, f.reloptions,
                pg_get_viewdef(f.oid) ~ 'WHERE true;$',
                has_table_privilege(:role, f.oid, 'DELETE')
            )
        end as fronted
    from found as r
    left join found as f
        on r.nspname = :behind and f.nspname = :schema and f.relname = r.relname
    where not (
        r.nspname = :schema
        and exists (
            select from found as b where b.nspname = :behind and b.relname = r.relname
        )
    )
),

facts (name, value) as (
    select
        r.relname || '.' || a.attname || ': type',
        concat_ws(
            ' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated,
            a.attidentity, nullif(a.attcollation, t.typcollation)::regcollation
        )
    from relations as r
    join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    join pg_type as t on t.oid = a.atttypid
    union all
    select r.relname || '.' || a.attname || ': default', pg_get_expr(d.adbin, r.oid)
    from relations as r
    join pg_attrdef as d on d.adrelid = r.oid
    join pg_attribute as a on a.attrelid = r.oid and a.attnum = d.adnum
    union all
    select
        r.relname || '.' || a.attname || ': privileges of ' || :role,
        concat_ws(
            ' ',
            has_column_privilege(:role, r.oid, a.attnum, 'SELECT')
            and coalesce(
                has_column_privilege(:role, r.front, b.attnum, 'SELECT'),
                r.nspname <> :behind
            ),
            has_column_privilege(:role, r.oid, a.attnum, 'INSERT')
            and coalesce(
                has_column_privilege(:role, r.front, b.attnum, 'INSERT'),
                r.nspname <> :behind
            ),
            has_column_privilege(:role, r.oid, a.attnum, 'UPDATE')
            and coalesce(
                has_column_privilege(:role, r.front, b.attnum, 'UPDATE'),
                r.nspname <> :behind
            )
        )
    from relations as r
    join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attribute as b
        on b.attrelid = r.front and b.attname = a.attname and not b.attisdropped
    union all
    select
        r.relname
        || case
            when k.contype = 'c' and cardinality(k.conkey) = 1 then '.' || (
                select a.attname from pg_attribute as a
                where a.attrelid = r.oid and a.attnum = k.conkey[1]
            )
            else ''
        end
        || ': '
        || case k.contype
            when 'c' then 'CHECK' when 'f' then 'foreign key' when 'p' then 'primary key'
            when 'u' then 'unique key' else 'constraint'
        end
        || ' ' || k.conname,
        pg_get_constraintdef(k.oid)
    from relations as r
    join pg_constraint as k on k.conrelid = r.oid and k.contype in ('c', 'f', 'p', 'u', 'x')
    union all
    select
        r.relname || ': row-level security',
        concat_ws(
            ' ', r.relrowsecurity, r.relforcerowsecurity,
            has_table_privilege(:role, r.oid, 'DELETE'), r.fronted
        )
    from relations as r
    union all
    select
        r.relname || ': policy ' || p.polname,
        concat_ws(
            ' ', p.polcmd, p.polpermissive,
            array(
                select case when u.role = 0 then 'public' else pg_get_userbyid(u.role) end
                from unnest(p.polroles) as u (role) order by 1
            ),
            pg_get_expr(p.polqual, r.oid), pg_get_expr(p.polwithcheck, r.oid)
        )
    from relations as r join pg_policy as p on p.polrelid = r.oid
    union all
    select r.relname || ': trigger ' || t.tgname, pg_get_triggerdef(t.oid) || t.tgenabled::text
    from relations as r
    join pg_trigger as t on t.tgrelid = r.oid and not t.tgisinternal
    union all
    select r.relname || ': view', pg_get_viewdef(r.oid)
    from relations as r where r.relkind in ('v', 'm')
    union all
-- Servers before 16 print the name of the table before each column.
    select
        r.relname || ': view',
        regexp_replace(pg_get_viewdef(r.front), '(\s)\w+\.("?\w+"?,?\n)', '\1\2', 'g')
    from relations as r where r.front is not null
    union all
    select
        'function ' || s.prefix || p.proname
        || '(' || pg_get_function_identity_arguments(p.oid) || ')',
        concat_ws(
            ' ', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
            p.prosecdef, p.provolatile, p.proisstrict, p.proconfig, md5(p.prosrc),
            pg_get_function_sqlbody(p.oid)
        )
    from pg_proc as p
    join schemas as s on s.oid = p.pronamespace
    where p.prokind in ('f', 'p')
    union all
    select
        'type ' || s.prefix || t.typname,
        coalesce(
            (
                select string_agg(e.enumlabel, ',' order by e.enumsortorder)
                from pg_enum as e where e.enumtypid = t.oid
            ),
            concat_ws(
                ' ', format_type(t.typbasetype, t.typtypmod), t.typnotnull,
                t.typdefault,
                (
                    select string_agg(pg_get_constraintdef(k.oid), ' ' order by k.conname)
                    from pg_constraint as k where k.contypid = t.oid
                )
            )
        )
    from pg_type as t
    join schemas as s on s.oid = t.typnamespace
    where t.typtype in ('e', 'd')
)

select name, left(encode(sha256(convert_to(value, 'UTF8')), 'hex'), 16) as digest
from facts
where value is not null
order by name collate "C"
