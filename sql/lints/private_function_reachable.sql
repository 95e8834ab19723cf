-- The backend can call nothing in app_private and app_integrity.
--
-- severity: stop
-- about: schema
-- fault: grant usage on schema app_private to todo_user
-- fault: grant execute on function app_private.read_token(text) to todo_user

select
    f.path as object,
    'These functions trust their caller.' as why,
    pg_catalog.format('%s may execute it', b.name) as what,
    pg_catalog.format('revoke execute on function %s from %I', f.path, b.name) as mend
from functions as f
cross join backend as b
-- Whoever writes takes the lock of the own space first.
where
    f.room in ('app_private', 'app_integrity')
    and f.path <> 'app_integrity.lock_space()'
    and pg_catalog.has_function_privilege(b.oid, f.oid, 'execute');
