-- The identity fixes row_security: set off by whoever asks it would raise.
--
-- severity: stop
-- about: schema
-- fault: alter function app.current_user_id() reset row_security

select
    f.path as object,
    'row_security is whatever its caller sets' as what,
    'With row_security = off a policy in it raises, and a policy that can raise tells by raising.' -- noqa: LT05
        as why,
    pg_catalog.format('alter function %s set row_security = on', f.path) as mend
from functions as f
where
    f.path = 'app.current_user_id()'
    and not coalesce('row_security=on' = any(f.proconfig), false);
