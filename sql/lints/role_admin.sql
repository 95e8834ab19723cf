-- What the backend becomes may give no membership away.
--
-- severity: stop
-- about: schema
-- fault: grant todo_user to todo_app with admin option

select
    m.member::pg_catalog.regrole::text as object,
    'It could let others in, or itself further.' as why,
    pg_catalog.format('ADMIN OPTION on %s', m.roleid::pg_catalog.regrole) as what,
    pg_catalog.format(
        'revoke admin option for %s from %s',
        m.roleid::pg_catalog.regrole,
        m.member::pg_catalog.regrole
    ) as mend
from pg_catalog.pg_auth_members as m
where m.admin_option and m.member in (select oid from backend);
