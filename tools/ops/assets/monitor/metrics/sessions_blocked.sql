-- Sessions that wait for a lock of another one.
--
-- type: gauge

select count(*) as value from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0
