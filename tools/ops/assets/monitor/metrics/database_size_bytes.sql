-- Size of a database.
--
-- type: gauge

select datname as database, pg_database_size(oid) as value
from pg_database
where datallowconn and has_database_privilege(oid, 'connect')
