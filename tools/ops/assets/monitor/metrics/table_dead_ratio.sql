-- Dead rows as a share of all, of tables with more than 10,000.
--
-- type: gauge

select
    schemaname as schema, relname as table,
    n_dead_tup::float8 / (n_live_tup + n_dead_tup) as value
from pg_stat_user_tables
where n_dead_tup > 10000
