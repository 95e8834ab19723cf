-- There is no extension that can reach files, the network or other languages.
--
-- severity: look
-- about: schema
-- fault: create extension dblink

select
    x.extname::text as object,
    'an extension that reaches outside' as what,
    'SQL that was injected would reach as far.' as why,
    pg_catalog.format('drop extension %I', x.extname) as mend
from pg_catalog.pg_extension as x
where
    x.extname in (
        'dblink',
        'file_fdw',
        'postgres_fdw',
        'adminpack',
        'plpython3u',
        'plperlu',
        'pltclu',
        'pg_execute_server_program',
        'lo'
    );
