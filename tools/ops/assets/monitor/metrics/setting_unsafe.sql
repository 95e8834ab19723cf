-- Settings with which data are lost or damaged: 1 where it is so.
--
-- type: gauge

select name as setting, (setting <> safe)::integer as value
from pg_settings
inner join (
    values ('fsync', 'on'), ('full_page_writes', 'on'), ('autovacuum', 'on'),
    ('zero_damaged_pages', 'off'), ('ignore_checksum_failure', 'off')
) as wanted (wanted_name, safe) on name = wanted_name
