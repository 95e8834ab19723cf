-- What is done with each table: rows read, and rows written.
--
-- section: Sizes

select
    s.schemaname || '.' || s.relname as object,
    coalesce(s.seq_tup_read, 0) + coalesce(s.idx_tup_fetch, 0) as rows_read,
    s.n_tup_ins as inserted,
    s.n_tup_upd as updated,
    s.n_tup_del as deleted,
    coalesce(io.heap_blks_read, 0) + coalesce(io.idx_blks_read, 0) as blocks_from_disk,
    round(
        100.0 * (s.n_tup_ins + s.n_tup_upd + s.n_tup_del)
        / nullif(
            s.n_tup_ins + s.n_tup_upd + s.n_tup_del
            + coalesce(s.seq_tup_read, 0) + coalesce(s.idx_tup_fetch, 0), 0
        ), 1
    ) as write_percent,
    'ok' as verdict,
    'since the statistics began' as says,
    '' as mend
from pg_stat_user_tables as s
left join pg_statio_user_tables as io on io.relid = s.relid
order by rows_read desc, object
