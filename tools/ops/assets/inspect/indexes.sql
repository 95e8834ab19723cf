-- Every index: how large it is, and how often it was used.
--
-- section: Indexes

select
    s.schemaname || '.' || s.indexrelname as object,
    s.schemaname || '.' || s.relname as on_table,
    pg_size_pretty(pg_relation_size(s.indexrelid)) as size,
    pg_relation_size(s.indexrelid) as bytes,
    s.idx_scan as scans,
    s.idx_tup_read as entries_read,
    round(100.0 * t.idx_scan / nullif(t.idx_scan + t.seq_scan, 0), 1)
    as table_by_index_percent,
    'ok' as verdict,
    'its use since the statistics began' as says,
    '' as mend
from pg_stat_user_indexes as s
inner join pg_stat_user_tables as t on t.relid = s.relid
order by bytes desc, object
