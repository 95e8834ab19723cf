-- Foreign keys whose columns no index leads with: each deletion of a parent reads the whole
-- child, under its lock.
--
-- section: Indexes

select
    c.conrelid::regclass::text || '.' || c.conname as object,
    c.confrelid::regclass::text as refers_to,
    pg_size_pretty(pg_relation_size(c.conrelid)) as child_size,
    case when pg_relation_size(c.conrelid) > 10485760 then 'act' else 'look' end as verdict,
    'no index begins with its columns' as says,
    format(
        'create index concurrently on %s (%s);', c.conrelid::regclass,
        (
            select string_agg(format('%I', a.attname), ', ' order by k.place)
            from unnest(c.conkey) with ordinality as k (number, place)
            inner join pg_attribute as a
            on a.attrelid = c.conrelid and a.attnum = k.number
        )
    ) as mend
from pg_constraint as c
where
    c.contype = 'f'
    and c.conparentid = 0
    and not exists (
        select from pg_index as i
        where
            i.indrelid = c.conrelid
            and i.indisvalid
            and (
                -- Its leading columns in any order,
                (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] @> c.conkey
                -- or all that it has: a child with its parent's key in front.
                or (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] <@ c.conkey
            )
    )
order by pg_relation_size(c.conrelid) desc, object
