-- Whether the server is a standby.
--
-- type: gauge

select pg_is_in_recovery()::integer as value
