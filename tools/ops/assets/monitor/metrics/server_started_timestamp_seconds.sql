-- When the server was started.
--
-- type: gauge

select extract(epoch from pg_postmaster_start_time()) as value
