-- What the backend becomes cannot name what is in app_data, app_private and the ledger of
-- the migrations.
--
-- severity: stop
-- about: schema
-- fault: grant usage on schema app_private to todo_user

select
    n.nspname as object,
    'Nothing in them is made to be named by a person: tables are read through views.'
        as why,
    pg_catalog.format('%s has USAGE', b.name) as what,
    pg_catalog.format('revoke usage on schema %I from %I', n.nspname, b.name) as mend
from pg_catalog.pg_namespace as n
cross join backend as b
where
    (
        n.nspname in ('app_data', 'app_private', 'todo_migrations')
        or (n.nspname = 'app_auth' and b.name = 'todo_user')
    )
    and pg_catalog.has_schema_privilege(b.oid, n.oid, 'usage');
