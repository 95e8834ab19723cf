-- PUBLIC may execute no function of ours.
--
-- severity: stop
-- about: schema
-- fault: grant execute on function app.uuid_v7() to public

select
    f.path as object,
    'PUBLIC may execute it' as what,
    'Every login of the server can call it.' as why,
    pg_catalog.format('revoke execute on function %s from public', f.path) as mend
from functions as f
where
    exists (
        select from grants as g
        where g.kind = 'function' and g.path = f.path and g.grantee = 0
    );
