-- How long the client has been silent that is silent for longest in a transaction.
--
-- type: gauge

select coalesce(max(extract(epoch from clock_timestamp() - state_change)), 0) as value
from pg_stat_activity
where state like 'idle in transaction%'
