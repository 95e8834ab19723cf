-- Connections that the server takes.
--
-- type: gauge

select
    current_setting('max_connections')::integer
    - current_setting('superuser_reserved_connections')::integer as value
