-- Transactions that were committed.
--
-- type: counter

select datname as database, coalesce(xact_commit, 0) as value
from pg_stat_database
where datname is not null and datname !~ '^template'
