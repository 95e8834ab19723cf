-- No line of pg_hba.conf takes a connection over the network without TLS.
--
-- severity: stop
-- about: server
-- fault: -

select
    'A password and rows travel in the clear.' as why,
    'write hostssl in place of host, then select pg_reload_conf()' as mend,
    pg_catalog.format('line %s', h.line_number) as object,
    pg_catalog.format('%s %s', h.type, h.address) as what
from pg_catalog.pg_hba_file_rules as h
where
    h.type in ('host', 'hostnossl', 'hostnogssenc') and h.auth_method <> 'reject'
    and coalesce(h.address, '') not in ('127.0.0.1', '::1', 'samehost');
