-- There is no schema that sql/ does not know.
--
-- severity: look
-- about: schema
-- fault: create schema mine

select
    n.nspname as object,
    'not ours' as what,
    'What is in it is under no rule of ours.' as why,
    pg_catalog.format('drop schema %I', n.nspname) as mend
from pg_catalog.pg_namespace as n
where
    n.nspname !~ '^pg_'
    and n.nspname not in (
        'information_schema', 'public', 'todo_migrations', 'tap', 'tests'
    )
    and n.oid not in (select oid from rooms);
