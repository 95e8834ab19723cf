-- No role of ours inherits: it becomes another by SET ROLE or has nothing of it.
--
-- severity: stop
-- about: schema
-- fault: alter role todo_app inherit

select
    r.rolname::text as object,
    'INHERIT' as what,
    'The login would have the rights of all that it may become, without a token.'
        as why,
    pg_catalog.format('alter role %I noinherit', r.rolname) as mend
from pg_catalog.pg_roles as r
where
    r.rolinherit and r.oid in (
        select oid from backend
        union all
        select oid from owners
    );
