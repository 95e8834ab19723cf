-- What the backend becomes can create nothing in any schema.
--
-- severity: stop
-- about: schema
-- fault: grant create on schema app to todo_user

select
    n.nspname as object,
    'A place to shadow a name from, and to leave things in.' as why,
    pg_catalog.format('%s may create in it', b.name) as what,
    pg_catalog.format('revoke create on schema %I from %I', n.nspname, b.name) as mend
from pg_catalog.pg_namespace as n
cross join backend as b
where pg_catalog.has_schema_privilege(b.oid, n.oid, 'create');
