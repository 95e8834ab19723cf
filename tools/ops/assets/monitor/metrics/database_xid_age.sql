-- Transactions since a database's oldest row was frozen.
--
-- type: gauge

select datname as database, age(datfrozenxid) as value from pg_database
