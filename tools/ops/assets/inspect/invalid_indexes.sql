-- Indexes that were not finished, as a CREATE INDEX CONCURRENTLY leaves that failed: every
-- write maintains them, no query uses them. One that is being built now is left out.
--
-- section: Indexes

select
    i.indexrelid::regclass::text as object,
    i.indrelid::regclass::text as on_table,
    pg_size_pretty(pg_relation_size(i.indexrelid)) as size,
    'act' as verdict,
    'it is not valid: written, never read' as says,
    format('reindex index concurrently %s;', i.indexrelid::regclass) as mend
from pg_index as i
where
    not i.indisvalid
    and not exists (
        select from pg_stat_progress_create_index as p
        where p.index_relid = i.indexrelid
    )
