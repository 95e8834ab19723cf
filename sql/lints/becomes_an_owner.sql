-- Nobody who logs in, but whoever migrates, becomes one of the owners.
--
-- severity: stop
-- about: schema
-- fault: create role stray login
-- fault: grant todo_owner to stray

select
    m.member::pg_catalog.regrole::text as object,
    'An owner can switch row-level security off.' as why,
    pg_catalog.format('it may become %s', o.name) as what,
    pg_catalog.format('revoke %I from %s', o.name, m.member::pg_catalog.regrole) as mend
from pg_catalog.pg_auth_members as m
inner join owners as o on m.roleid = o.oid
inner join pg_catalog.pg_roles as r on m.member = r.oid
inner join pg_catalog.pg_database as d on d.datname = pg_catalog.current_database()
where r.oid <> d.datdba and not r.rolcreaterole;
