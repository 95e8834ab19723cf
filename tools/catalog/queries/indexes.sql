-- Indexes: expressions, predicate, operator classes and the rest are in the definition,
-- which an index behind a constraint shares with the constraint.
select i.key as key, pg_get_indexdef(i.indexrelid) as value
from indexes as i
where not exists (
    select from pg_constraint as c
    where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x')
)
union all
select i.key || ': ' || f.property, f.value
from indexes as i
left join pg_tablespace as s on s.oid = i.reltablespace
cross join lateral (
    values
    (
        'state',
        case
            when not i.indislive then 'being dropped'
            when not i.indisready then 'not ready'
            when not i.indisvalid then 'invalid'
        end
    ),
    ('clustered', case when i.indisclustered then 'yes' end),
    ('tablespace', quote_ident(s.spcname)),
    (
        'attached to',
        (
            select quote_ident(n.nspname) || '.' || quote_ident(p.relname)
            from pg_inherits as h
            inner join pg_class as p on p.oid = h.inhparent
            inner join pg_namespace as n on n.oid = p.relnamespace
            where h.inhrelid = i.indexrelid
        )
    ),
    (
        'statistics targets',
        (
            select string_agg(
                a.attnum::text || ' is ' || a.attstattarget::text, ', '
                order by a.attnum
            )
            from pg_attribute as a
            where a.attrelid = i.indexrelid and a.attstattarget >= 0
        )
    )
) as f (property, value)
