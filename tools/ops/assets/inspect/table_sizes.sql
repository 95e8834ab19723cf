-- Every table: rows, and how much of it is rows, indexes and TOAST.
--
-- section: Sizes

select
    c.oid::regclass::text as object,
    greatest(c.reltuples, 0)::bigint as rows_about,
    pg_size_pretty(pg_total_relation_size(c.oid)) as total,
    pg_size_pretty(pg_relation_size(c.oid)) as heap,
    pg_size_pretty(pg_indexes_size(c.oid)) as indexes,
    pg_size_pretty(coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0))
    as toast,
    pg_total_relation_size(c.oid) as bytes,
    case
        when pg_indexes_size(c.oid) > 3 * pg_table_size(c.oid)
        and pg_indexes_size(c.oid) > 104857600 then 'look'
        else 'ok'
    end as verdict,
    case
        when pg_indexes_size(c.oid) > 3 * pg_table_size(c.oid)
        and pg_indexes_size(c.oid) > 104857600 then 'its indexes are three times the table'
        else 'what it takes on disk'
    end as says,
    case
        when pg_indexes_size(c.oid) > 3 * pg_table_size(c.oid)
        and pg_indexes_size(c.oid) > 104857600 then 'unused_indexes and index bloat tell'
        else ''
    end as mend
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where
    c.relkind in ('r', 'm')
    and n.nspname not in ('pg_catalog', 'information_schema')
    and n.nspname !~ '^pg_(toast|temp)'
order by bytes desc, object
