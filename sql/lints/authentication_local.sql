-- The socket asks for a proof: peer of the server's own account, or a password.
--
-- severity: note
-- about: server
-- fault: -

select
    'Every account of the machine is every role.' as why,
    'write peer or scram-sha-256 there, then select pg_reload_conf()' as mend,
    pg_catalog.format('line %s', h.line_number) as object,
    pg_catalog.format('%s for %s', h.auth_method, h.user_name) as what
from pg_catalog.pg_hba_file_rules as h
where h.type = 'local' and h.auth_method = 'trust';
