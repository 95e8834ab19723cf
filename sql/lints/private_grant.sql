-- Nothing in app_private is granted but functions to our own owners.
--
-- severity: stop
-- about: schema
-- fault: grant select on app_private.signing_keys to todo_user

select
    'Signing keys and the tables behind triggers are there.' as why,
    pg_catalog.format('%s to %s', g.path, g.grantee::pg_catalog.regrole) as object,
    pg_catalog.format('%s is granted', g.privilege_type) as what,
    pg_catalog.format(
        'revoke all on %s from %s', g.path, g.grantee::pg_catalog.regrole
    ) as mend
from grants as g
where
    g.room = 'app_private' and g.grantee not in (0, g.owner)
    and not (g.kind = 'function' and g.grantee in (select oid from owners));
