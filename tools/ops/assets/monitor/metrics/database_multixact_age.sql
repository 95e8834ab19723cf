-- Multixacts since a database's oldest one was frozen.
--
-- type: gauge

select datname as database, mxid_age(datminmxid) as value from pg_database
