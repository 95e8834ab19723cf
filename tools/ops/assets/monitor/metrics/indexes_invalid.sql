-- Indexes that are maintained and never used.
--
-- type: gauge

select count(*) as value
from pg_index as i
where not i.indisvalid and not exists (
    select from pg_stat_progress_create_index as p where p.index_relid = i.indexrelid
)
