-- The server speaks TLS.
--
-- severity: stop
-- about: server
-- fault: -

select
    s.name as object,
    'Tokens and rows travel in the clear.' as why,
    'alter system set ssl = on' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where
    s.name = 'ssl' and not (s.setting = 'on' or pg_catalog.inet_server_addr() is null);
