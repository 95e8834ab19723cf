-- Tables for which autovacuum is turned off.
--
-- type: gauge

select count(*) as value
from pg_class
where relkind = 'r' and reloptions::text ~* 'autovacuum_enabled=(off|false|0|no)'
