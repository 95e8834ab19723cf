-- Passwords are kept as SCRAM verifiers.
--
-- severity: stop
-- about: server
-- fault: set local password_encryption = 'md5'

select
    s.name as object,
    'MD5 is the password to whoever reads it.' as why,
    'alter system set password_encryption = ''scram-sha-256''' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where s.name = 'password_encryption' and not (s.setting = 'scram-sha-256');
