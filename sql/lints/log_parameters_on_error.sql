-- Values of statements that fail are not logged.
--
-- severity: look
-- about: server
-- fault: set local log_parameter_max_length_on_error = -1

select
    s.name as object,
    'The log holds what people wrote, and tokens.' as why,
    'alter system set log_parameter_max_length_on_error = 0' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where s.name = 'log_parameter_max_length_on_error' and not (s.setting = '0');
