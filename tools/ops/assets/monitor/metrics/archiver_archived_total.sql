-- WAL segments that were archived.
--
-- type: counter

select archived_count as value from pg_stat_archiver
