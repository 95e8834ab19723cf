-- What is committed is on disk.
--
-- severity: stop
-- about: server
-- fault: -

select
    s.name as object,
    'A crash loses or spoils the database.' as why,
    'alter system set fsync = on' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where
    s.name = 'fsync'
    and not (
        s.setting = 'on' and pg_catalog.current_setting('full_page_writes') = 'on'
    );
