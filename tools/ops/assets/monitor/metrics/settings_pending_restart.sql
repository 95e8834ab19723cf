-- Settings that were changed and wait for a restart.
--
-- type: gauge

select count(*) as value from pg_settings where pending_restart
