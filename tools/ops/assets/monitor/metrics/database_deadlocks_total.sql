-- Deadlocks.
--
-- type: counter

select datname as database, coalesce(deadlocks, 0) as value
from pg_stat_database
where datname is not null and datname !~ '^template'
