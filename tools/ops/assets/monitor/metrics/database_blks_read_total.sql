-- Pages read from outside the cache.
--
-- type: counter

select datname as database, coalesce(blks_read, 0) as value
from pg_stat_database
where datname is not null and datname !~ '^template'
