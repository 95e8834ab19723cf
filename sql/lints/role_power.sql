-- No role of ours is superuser, goes past policies, makes roles or databases, or
-- replicates.
--
-- severity: stop
-- about: schema
-- fault: alter role todo_user bypassrls

select
    r.rolname::text as object,
    'it has a power that outranks every policy' as what,
    'No policy holds for it.' as why,
    pg_catalog.format(
        'alter role %I nosuperuser nobypassrls nocreaterole nocreatedb noreplication',
        r.rolname
    ) as mend
from pg_catalog.pg_roles as r
where
    (r.oid in (
        select oid from backend
        union all
        select oid from owners
    ))
    and (
        r.rolsuper
        or r.rolbypassrls
        or r.rolcreaterole
        or r.rolcreatedb
        or r.rolreplication
    );
