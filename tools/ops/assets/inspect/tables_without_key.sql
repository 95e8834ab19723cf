-- Tables without a primary key: a row cannot be named, and logical replication refuses
-- updates.
--
-- section: Sizes

select
    c.oid::regclass::text as object,
    'look' as verdict,
    'it has no primary key' as says,
    format('alter table %s add primary key (…);', c.oid::regclass) as mend
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where
    c.relkind in ('r', 'p')
    and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema')
    and not exists (
        select from pg_index as i where i.indrelid = c.oid and i.indisprimary
    )
