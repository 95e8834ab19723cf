-- No line of pg_hba.conf lets anybody in without a proof over the network.
--
-- severity: stop
-- about: server
-- fault: -

select
    'Whoever reaches the port is whoever it says.' as why,
    'write scram-sha-256 or cert there, then select pg_reload_conf()' as mend,
    pg_catalog.format('line %s', h.line_number) as object,
    pg_catalog.format('%s for %s', h.auth_method, h.user_name) as what
from pg_catalog.pg_hba_file_rules as h
where h.type <> 'local' and h.auth_method in ('trust', 'password', 'ident', 'md5');
