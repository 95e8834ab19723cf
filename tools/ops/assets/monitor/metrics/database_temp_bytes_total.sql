-- Bytes written to temporary files.
--
-- type: counter

select datname as database, coalesce(temp_bytes, 0) as value
from pg_stat_database
where datname is not null and datname !~ '^template'
