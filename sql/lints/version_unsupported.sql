-- The major version is supported (15 to 18).
--
-- severity: stop
-- about: server
-- fault: -

select
    s.name as object,
    'It gets no mends, or was never tried.' as why,
    'make upgrade-drill' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where
    s.name = 'server_version_num'
    and not (s.setting::integer between 150000 and 189999);
