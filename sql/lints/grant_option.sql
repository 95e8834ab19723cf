-- Nothing can be passed on.
--
-- severity: stop
-- about: schema
-- fault: grant select on app_data.tags to todo_user with grant option

select
    'granted with grant option' as what,
    'Whoever has it may let others in.' as why,
    pg_catalog.format('%s to %s', g.path, g.grantee::pg_catalog.regrole) as object,
    pg_catalog.format(
        'revoke grant option for %s on %s from %s',
        g.privilege_type,
        g.path,
        g.grantee::pg_catalog.regrole
    ) as mend
from grants as g
where g.is_grantable and g.grantee <> g.owner;
