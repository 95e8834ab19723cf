-- todo_app and todo_auth are granted no table and no column.
--
-- severity: stop
-- about: schema
-- fault: grant select on app_data.tags to todo_auth

select
    'The login is nobody until it becomes a person by a token.' as why,
    pg_catalog.format('%s to %s', g.path, g.grantee::pg_catalog.regrole) as object,
    pg_catalog.format('%s is granted', g.privilege_type) as what,
    pg_catalog.format(
        'revoke all on %s from %s', g.path, g.grantee::pg_catalog.regrole
    ) as mend
from grants as g
where
    g.kind in ('table', 'column')
    and g.grantee in (
        select oid from backend
        where name in ('todo_app', 'todo_auth')
    );
