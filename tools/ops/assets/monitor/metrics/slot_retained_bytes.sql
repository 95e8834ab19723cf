-- WAL that a slot keeps for its reader.
--
-- type: gauge

select
    s.slot_name as slot,
    coalesce(pg_wal_lsn_diff(
        case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
        else pg_current_wal_lsn() end, s.restart_lsn
    ), 0) as value
from pg_replication_slots as s
