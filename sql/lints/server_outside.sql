-- There is no foreign server.
--
-- severity: look
-- about: schema
-- fault: create foreign data wrapper w
-- fault: create server s foreign data wrapper w

select
    s.srvname::text as object,
    'a foreign server' as what,
    'Its user mappings hold passwords.' as why,
    pg_catalog.format('drop server %I cascade', s.srvname) as mend
from pg_catalog.pg_foreign_server as s;
