-- Live rows of our tables, about.
--
-- type: gauge

select schemaname as schema, relname as table, n_live_tup as value
from pg_stat_user_tables
where schemaname in ('app_data', 'app_auth', 'app_private')
