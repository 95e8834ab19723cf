-- No session from another machine is without TLS.
--
-- severity: look
-- about: server
-- fault: -

select
    a.usename::text as object,
    'a session without TLS' as what,
    'What it asks and is answered can be read on the way.' as why,
    'sslmode=verify-full in its connection string' as mend
from pg_catalog.pg_stat_activity as a
inner join pg_catalog.pg_stat_ssl as s on a.pid = s.pid
where
    a.client_addr is not null
    and not s.ssl
    and not pg_catalog.host(a.client_addr) in ('127.0.0.1', '::1');
