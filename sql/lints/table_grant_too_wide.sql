-- Of whole tables nothing but SELECT, INSERT, UPDATE and DELETE is granted.
--
-- severity: stop
-- about: schema
-- fault: grant truncate on app_data.tags to todo_user

select
    'TRUNCATE and TRIGGER go past policies, REFERENCES asks whether a row exists, MAINTAIN locks.' -- noqa: LT05
        as why,
    pg_catalog.format('%s to %s', g.path, g.grantee::pg_catalog.regrole) as object,
    pg_catalog.format('%s is granted', g.privilege_type) as what,
    pg_catalog.format(
        'revoke %s on %s from %s',
        g.privilege_type,
        g.path,
        g.grantee::pg_catalog.regrole
    ) as mend
from grants as g
where
    g.kind in ('table', 'column') and g.grantee not in (0, g.owner)
    and g.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    -- Accounts refer to people, and nobody becomes the registrar.
    and not (
        g.privilege_type = 'REFERENCES' and g.grantee in (select oid from owners)
    );
