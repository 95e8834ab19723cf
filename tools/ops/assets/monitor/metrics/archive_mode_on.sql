-- Whether the server archives its WAL.
--
-- type: gauge

select (current_setting('archive_mode') <> 'off')::integer as value
