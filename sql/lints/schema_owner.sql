-- Each schema belongs to its owner.
--
-- severity: stop
-- about: schema
-- fault: alter schema app owner to postgres

select
    n.nspname as object,
    'The owner of a schema may drop what is in it.' as why,
    pg_catalog.format('it belongs to %s', n.nspowner::pg_catalog.regrole) as what,
    pg_catalog.format('alter schema %I owner to %I', n.nspname, v.owner) as mend
from pg_catalog.pg_namespace as n
inner join (
    values ('app', 'todo_owner'), ('app_data', 'todo_owner'),
    ('app_private', 'todo_owner'),
    ('app_auth', 'todo_registrar'), ('app_integrity', 'todo_integrity')
) as v (name, owner) on n.nspname = v.name
where n.nspowner::pg_catalog.regrole::text <> v.owner;
