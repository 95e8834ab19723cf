-- Attempts to archive that failed.
--
-- type: counter

select failed_count as value from pg_stat_archiver
