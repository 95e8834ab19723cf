-- The identity is STABLE: not IMMUTABLE, which would serve one person's rows to the
-- next, and not VOLATILE, which runs for every row.
--
-- severity: stop
-- about: schema
-- fault: alter function app.current_user_id() immutable

select
    f.path as object,
    'it is not STABLE' as what,
    'A cached plan keeps the answer of an immutable function.' as why,
    pg_catalog.format('alter function %s stable', f.path) as mend
from functions as f
where f.path in (
    'app.current_user_id()', 'app.authenticate()', 'app_private.read_claims()',
    'app_private.read_token(text)', 'app_auth.is_admitted(uuid,bigint)'
) and f.provolatile <> 's';
