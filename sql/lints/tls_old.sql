-- TLS is 1.2 at least.
--
-- severity: look
-- about: server
-- fault: alter system set ssl_min_protocol_version = 'TLSv1.1'

select
    s.name as object,
    'Older versions are broken.' as why,
    'alter system set ssl_min_protocol_version = ''TLSv1.3''' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where s.name = 'ssl_min_protocol_version' and not (s.setting in ('TLSv1.2', 'TLSv1.3'));
