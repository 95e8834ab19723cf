-- Transactions that were rolled back.
--
-- type: counter

select datname as database, coalesce(xact_rollback, 0) as value
from pg_stat_database
where datname is not null and datname !~ '^template'
