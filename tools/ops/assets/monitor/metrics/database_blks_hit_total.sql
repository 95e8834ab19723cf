-- Pages found in the cache.
--
-- type: counter

select datname as database, coalesce(blks_hit, 0) as value
from pg_stat_database
where datname is not null and datname !~ '^template'
