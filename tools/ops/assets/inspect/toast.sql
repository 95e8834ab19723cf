-- What is stored beside the rows, because it is too long for a page: how much, in how many
-- pieces, and whether those are vacuumed.
--
-- section: Sizes

select
    c.oid::regclass::text as object,
    t.relname as toast,
    pg_size_pretty(pg_total_relation_size(t.oid)) as size,
    pg_total_relation_size(t.oid) as bytes,
    round(100.0 * pg_total_relation_size(t.oid) / nullif(pg_total_relation_size(c.oid), 0), 1)
    as percent,
    s.n_live_tup as pieces,
    s.n_dead_tup as dead_pieces,
    s.last_autovacuum,
    case
        when s.n_dead_tup > 10000 and s.n_dead_tup > s.n_live_tup then 'act'
        when s.n_dead_tup > 1000 and s.n_dead_tup > 0.4 * s.n_live_tup then 'look'
        else 'ok'
    end as verdict,
    'what is stored beside its rows' as says,
    case
        when s.n_dead_tup > 1000 and s.n_dead_tup > 0.4 * s.n_live_tup
            then format('vacuum (verbose) %s;', c.oid::regclass)
        else ''
    end as mend
from pg_class as c
inner join pg_class as t on t.oid = c.reltoastrelid
inner join pg_namespace as n on n.oid = c.relnamespace
left join pg_stat_all_tables as s on s.relid = t.oid
where
    n.nspname not in ('pg_catalog', 'information_schema')
    and pg_relation_size(t.oid) > 0
order by bytes desc, object
