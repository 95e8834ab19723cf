-- How long the oldest segment has waited that is not archived yet.
--
-- type: gauge

select coalesce(extract(epoch from clock_timestamp() - min(modification)), 0) as value
from pg_ls_archive_statusdir()
where name like '%.ready'
