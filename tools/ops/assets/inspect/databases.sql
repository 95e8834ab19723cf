-- Each database: size, sessions, transactions, and what went wrong since the statistics
-- began.
--
-- section: Cache

select
    d.datname as object,
    pg_size_pretty(pg_database_size(d.oid)) as size,
    s.numbackends as sessions,
    s.xact_commit as commits,
    s.xact_rollback as rollbacks,
    round(100.0 * s.blks_hit / nullif(s.blks_hit + s.blks_read, 0), 2) as cached_percent,
    s.deadlocks,
    s.temp_files,
    pg_size_pretty(s.temp_bytes) as temp_size,
    s.checksum_failures,
    s.stats_reset,
    case
        when s.checksum_failures > 0 then 'act'
        when s.deadlocks > 0 or s.temp_bytes > 10737418240 then 'look'
        else 'ok'
    end as verdict,
    case
        when s.checksum_failures > 0 then 'pages are damaged'
        when s.deadlocks > 0 then 'transactions took locks in different order'
        else 'since the statistics began'
    end as says,
    case
        when s.checksum_failures > 0 then 'docs/runbooks/PageChecksumFailed.md'
        when s.deadlocks > 0 then 'the server''s log names both statements: deadlock detected'
        else ''
    end as mend
from pg_database as d
inner join pg_stat_database as s on s.datid = d.oid
where d.datallowconn and has_database_privilege(d.oid, 'connect')
order by pg_database_size(d.oid) desc
