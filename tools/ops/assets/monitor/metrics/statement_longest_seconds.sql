-- How long the statement has run that has run longest.
--
-- type: gauge

select coalesce(max(extract(epoch from clock_timestamp() - query_start)), 0) as value
from pg_stat_activity
where backend_type = 'client backend' and state = 'active' and pid <> pg_backend_pid()
