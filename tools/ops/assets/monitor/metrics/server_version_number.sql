-- The server's version, as server_version_num.
--
-- type: gauge

select current_setting('server_version_num')::integer as value
