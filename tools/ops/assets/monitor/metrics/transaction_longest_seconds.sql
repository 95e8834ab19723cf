-- Age of the oldest transaction of a client.
--
-- type: gauge

select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0) as value
from pg_stat_activity
where backend_type = 'client backend' and xact_start is not null and pid <> pg_backend_pid()
