-- INSERT and UPDATE are granted by column only.
--
-- severity: stop
-- about: schema
-- fault: grant update on app_data.tags to todo_user

select
    'A column that is added later would be writable at once.' as why,
    pg_catalog.format('%s to %s', g.path, g.grantee::pg_catalog.regrole) as object,
    pg_catalog.format('%s on the whole table', g.privilege_type) as what,
    pg_catalog.format(
        'revoke %s on %s from %s',
        g.privilege_type,
        g.path,
        g.grantee::pg_catalog.regrole
    ) as mend
from grants as g
where
    g.kind = 'table' and g.grantee <> g.owner and g.room in ('app_data', 'app_auth')
    and g.privilege_type in ('INSERT', 'UPDATE');
