-- PUBLIC is granted nothing of ours.
--
-- severity: stop
-- about: schema
-- fault: grant select on app_data.tags to public

select
    g.path as object,
    'PUBLIC is every login of the server, of other applications too.' as why,
    pg_catalog.format('PUBLIC has %s', g.privilege_type) as what,
    pg_catalog.format(
        'revoke %s on %s %s from public',
        g.privilege_type,
        case g.kind when 'function' then 'function' else 'table' end,
        g.path
    ) as mend
from grants as g
where g.grantee = 0;
