-- Size of the WAL on the server's disk.
--
-- type: gauge

select sum(size) as value from pg_ls_waldir()
