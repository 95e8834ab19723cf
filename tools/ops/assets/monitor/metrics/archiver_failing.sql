-- Whether the last attempt to archive failed.
--
-- type: gauge

select (last_failed_time > coalesce(last_archived_time, '-infinity'))::integer as value
from pg_stat_archiver
where last_failed_time is not null
union all
select 0 from pg_stat_archiver where last_failed_time is null
