-- How far a standby is behind.
--
-- type: gauge

select
    application_name as standby,
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0) as value
from pg_stat_replication
where not pg_is_in_recovery()
