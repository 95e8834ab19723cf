-- Values of statements are not logged.
--
-- severity: look
-- about: server
-- fault: set local log_statement = 'all'

select
    s.name as object,
    'The log holds what people wrote, and tokens.' as why,
    'alter system set log_parameter_max_length = 0' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where
    s.name = 'log_parameter_max_length'
    and not (
        s.setting = '0'
        or pg_catalog.current_setting('log_statement') = 'none'
        and pg_catalog.current_setting('log_min_duration_statement') = '-1'
    );
