-- Rows that were inserted, updated or deleted.
--
-- type: counter

select schemaname as schema, relname as table, n_tup_ins + n_tup_upd + n_tup_del as value
from pg_stat_user_tables
where schemaname in ('app_data', 'app_auth', 'app_private')
