-- Slots, and how much WAL each keeps for whoever may come. One that nobody reads fills the
-- disk.
--
-- section: WAL

select
    s.slot_name as object,
    s.slot_type as type,
    s.active,
    s.wal_status,
    pg_size_pretty(pg_wal_lsn_diff(l.now, s.restart_lsn)) as keeps,
    pg_wal_lsn_diff(l.now, s.restart_lsn)::bigint as bytes,
    case
        when s.wal_status in ('unreserved', 'lost') then 'act'
        when not s.active and pg_wal_lsn_diff(l.now, s.restart_lsn) > 1073741824 then 'act'
        when not s.active then 'look'
        else 'ok'
    end as verdict,
    case when s.active then 'it is read' else 'nobody reads it' end as says,
    case
        when not s.active then format('select pg_drop_replication_slot(%L);', s.slot_name)
        else ''
    end as mend
from pg_replication_slots as s
cross join (
    select case
        when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn()
    end as now
) as l
order by bytes desc nulls last
