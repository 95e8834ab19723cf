-- Connections from other machines, with and without TLS.
--
-- type: gauge

select coalesce(s.ssl, false)::text as tls, count(*) as value
from pg_stat_activity as a
left join pg_stat_ssl as s on s.pid = a.pid
where a.client_addr is not null and not (a.client_addr <<= '127.0.0.0/8' or a.client_addr = '::1')
group by 1
