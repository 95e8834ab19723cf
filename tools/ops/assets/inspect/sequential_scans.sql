-- Tables that are read from beginning to end, and how often. For a small one that is right;
-- for a large one a query lacks an index.
--
-- section: Indexes

select
    s.schemaname || '.' || s.relname as object,
    s.seq_scan as scans,
    s.seq_tup_read as rows_read,
    s.seq_tup_read / nullif(s.seq_scan, 0) as rows_each,
    s.idx_scan as by_index,
    s.n_live_tup as live_rows,
    pg_size_pretty(pg_relation_size(s.relid)) as size,
    case
        when s.n_live_tup > 10000 and s.seq_scan > 50
        and s.seq_tup_read > 10 * coalesce(s.idx_tup_fetch, 0)
        and s.seq_tup_read / nullif(s.seq_scan, 0) > 0.5 * s.n_live_tup then 'act'
        when s.n_live_tup > 10000 and s.seq_scan > 50
        and s.seq_tup_read / nullif(s.seq_scan, 0) > 0.5 * s.n_live_tup then 'look'
        else 'ok'
    end as verdict,
    'read from beginning to end' as says,
    case
        when s.n_live_tup > 10000
            then 'find the statement: heavy_queries; then create index concurrently on '
                || format('%I.%I', s.schemaname, s.relname) || ' (…);'
        else ''
    end as mend
from pg_stat_user_tables as s
where s.seq_scan > 0
order by rows_read desc, object
