-- Pages have checksums.
--
-- severity: look
-- about: server
-- fault: -

select
    s.name as object,
    'A page that the disk spoiled is read as if it were right.' as why,
    'pg_checksums --enable, with the server stopped' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where s.name = 'data_checksums' and not (s.setting = 'on');
