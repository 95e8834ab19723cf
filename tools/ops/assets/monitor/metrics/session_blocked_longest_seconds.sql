-- How long the session waits that has waited longest for a lock.
--
-- type: gauge

select coalesce(max(extract(epoch from clock_timestamp() - query_start)), 0) as value
from pg_stat_activity
where wait_event_type = 'Lock'
