-- Pages whose checksum was wrong.
--
-- type: counter

select datname as database, coalesce(checksum_failures, 0) as value
from pg_stat_database
where datname is not null and datname !~ '^template'
