-- Connections of clients, by role and state.
--
-- type: gauge

select coalesce(usename, '') as role, coalesce(state, 'starting') as state, count(*) as value
from pg_stat_activity
where backend_type = 'client backend'
group by 1, 2
