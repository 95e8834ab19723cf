-- Of our roles only todo_app logs in.
--
-- severity: stop
-- about: schema
-- fault: alter role todo_user login

select
    r.rolname::text as object,
    'it may log in' as what,
    'A session of it needs no token.' as why,
    pg_catalog.format('alter role %I nologin', r.rolname) as mend
from pg_catalog.pg_roles as r
where
    r.rolcanlogin and r.rolname <> 'todo_app'
    and r.oid in (
        select oid from backend
        union all
        select oid from owners
    );
