-- Segments that wait to be archived.
--
-- type: gauge

select count(*) as value from pg_ls_archive_statusdir() where name like '%.ready'
