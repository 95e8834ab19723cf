-- Dead rows of the tables that have most.
--
-- type: gauge

select schemaname as schema, relname as table, n_dead_tup as value
from pg_stat_user_tables
order by n_dead_tup desc
limit 20
