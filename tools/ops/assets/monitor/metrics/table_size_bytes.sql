-- Size of our tables with their indexes and TOAST.
--
-- type: gauge

select n.nspname as schema, c.relname as table, pg_total_relation_size(c.oid) as value
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname in ('app_data', 'app_auth', 'app_private')
