-- row_security is on for whoever does not set it.
--
-- severity: stop
-- about: server
-- fault: set local row_security = off

select
    s.name as object,
    'Statements that a policy would filter fail instead.' as why,
    'alter system reset row_security' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where s.name = 'row_security' and not (s.setting = 'on');
