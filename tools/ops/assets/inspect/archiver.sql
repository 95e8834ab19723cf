-- Whether WAL reaches the archive.
--
-- section: WAL

select
    'archive' as object,
    current_setting('archive_mode') as mode,
    a.archived_count as archived,
    a.failed_count as failed,
    a.last_archived_time,
    a.last_failed_time,
    case
        when current_setting('archive_mode') = 'off' then 'look'
        when a.last_failed_time > coalesce(a.last_archived_time, '-infinity') then 'act'
        else 'ok'
    end as verdict,
    case
        when current_setting('archive_mode') = 'off'
            then 'nothing written after a backup can be restored'
        when a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
            then 'it fails since ' || a.last_failed_time
        else 'WAL reaches the archive'
    end as says,
    case
        when current_setting('archive_mode') = 'off' then 'make backup'
        when a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
            then 'docs/runbooks/ArchiveFailing.md'
        else ''
    end as mend
from pg_stat_archiver as a
