-- The server counts in UTC.
--
-- severity: note
-- about: server
-- fault: -

select
    s.name as object,
    'Hours of the log are ambiguous in autumn.' as why,
    'alter system set log_timezone = ''UTC''' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where s.name = 'log_timezone' and not (s.setting in ('UTC', 'GMT', 'Etc/UTC'));
