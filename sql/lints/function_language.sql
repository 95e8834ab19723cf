-- Functions are SQL or PL/pgSQL.
--
-- severity: stop
-- about: schema
-- fault: create function app.f() returns integer language internal as 'pg_backend_pid'

select
    f.path as object,
    'Others reach the file system or the network of the server.' as why,
    pg_catalog.format('language %s', f.language) as what,
    pg_catalog.format('drop function %s', f.path) as mend
from functions as f
where f.language not in ('sql', 'plpgsql');
