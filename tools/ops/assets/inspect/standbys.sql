-- Standbys that read from here, and how far behind each is.
--
-- section: WAL

select
    coalesce(nullif(r.application_name, ''), r.pid::text) as object,
    r.client_addr as address,
    r.state,
    r.sync_state,
    pg_wal_lsn_diff(l.now, r.replay_lsn)::bigint as bytes_behind,
    round(extract(epoch from r.replay_lag)::numeric, 2) as seconds_behind,
    case
        when r.state <> 'streaming' then 'act'
        when pg_wal_lsn_diff(l.now, r.replay_lsn) > 1073741824 then 'act'
        when pg_wal_lsn_diff(l.now, r.replay_lsn) > 67108864 then 'look'
        else 'ok'
    end as verdict,
    'how far behind it is' as says,
    case
        when pg_wal_lsn_diff(l.now, r.replay_lsn) > 67108864
            then 'look at its disk and network; its log'
        else ''
    end as mend
from pg_stat_replication as r
cross join (
    select case
        when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn()
    end as now
) as l
order by bytes_behind desc nulls last
