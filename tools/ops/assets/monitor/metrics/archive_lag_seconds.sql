-- Age of the last archived segment, where WAL was written since.
--
-- type: gauge

select case
    when pg_is_in_recovery() or current_setting('archive_mode') = 'off' then 0
    when pg_walfile_name(pg_current_wal_insert_lsn()) > coalesce(last_archived_wal, '')
        then extract(epoch from clock_timestamp() - coalesce(
            last_archived_time, pg_postmaster_start_time()
        ))
    else 0
end as value
from pg_stat_archiver
