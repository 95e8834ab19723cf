-- Indexes whose columns another index of the same table has as well, in the same order,
-- with the same operators and the same condition: the shorter one is served by the longer.
--
-- section: Indexes

with described as (
    select
        i.indexrelid, i.indrelid, i.indisunique, i.indkey::smallint[] as keys,
        i.indclass::oid[] as classes, i.indoption::smallint[] as options,
        i.indcollation::oid[] as collations, i.indnkeyatts, c.relam,
        coalesce(pg_get_expr(i.indexprs, i.indrelid), '') as expressions,
        coalesce(pg_get_expr(i.indpred, i.indrelid), '') as condition,
        exists (select from pg_constraint as k where k.conindid = i.indexrelid) as enforces
    from pg_index as i
    inner join pg_class as c on c.oid = i.indexrelid
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
)

select
    s.indexrelid::regclass::text as object,
    s.indrelid::regclass::text as on_table,
    l.indexrelid::regclass::text as served_by,
    pg_size_pretty(pg_relation_size(s.indexrelid)) as size,
    case
        when s.keys = l.keys and s.expressions = l.expressions then 'act' else 'look'
    end as verdict,
    case
        when s.keys = l.keys and s.expressions = l.expressions then 'it is there twice'
        else 'a longer one begins with its columns'
    end as says,
    format('drop index concurrently %s;', s.indexrelid::regclass) as mend
from described as s
inner join described as l on
    l.indrelid = s.indrelid
    and l.indexrelid <> s.indexrelid
    and l.relam = s.relam
    and l.condition = s.condition
    and l.indnkeyatts >= s.indnkeyatts
    and l.keys[0:s.indnkeyatts - 1] = s.keys[0:s.indnkeyatts - 1]
    and l.classes[0:s.indnkeyatts - 1] = s.classes[0:s.indnkeyatts - 1]
    and l.options[0:s.indnkeyatts - 1] = s.options[0:s.indnkeyatts - 1]
    and l.collations[0:s.indnkeyatts - 1] = s.collations[0:s.indnkeyatts - 1]
where
    -- Columns that are only carried along (INCLUDE) are another index's use.
    cardinality(s.keys) = s.indnkeyatts
    and not s.enforces
    and (not s.indisunique or (l.indisunique and l.keys = s.keys))
    and (s.expressions = '' or (s.expressions = l.expressions and s.keys = l.keys))
    and (s.expressions <> '' or 0 <> all (s.keys))
    -- Of two that are equal, the younger one goes, unless it alone enforces something.
    and (
        l.indnkeyatts > s.indnkeyatts or l.keys <> s.keys or l.enforces
        or (l.indisunique and not s.indisunique)
        or (l.indisunique = s.indisunique and l.indexrelid < s.indexrelid)
    )
order by pg_relation_size(s.indexrelid) desc, object
