-- Functions that our owners make are closed to PUBLIC from the beginning.
--
-- severity: stop
-- about: schema
-- fault: alter default privileges for role todo_owner grant execute on functions to public

select
    o.name as object,
    'its new functions are executable by PUBLIC' as what,
    'That is what PostgreSQL does by default.' as why,
    pg_catalog.format(
        'alter default privileges for role %I revoke execute on functions from public',
        o.name
    ) as mend
from owners as o
where not exists (
    select from pg_catalog.pg_default_acl as d
    where d.defaclrole = o.oid and d.defaclobjtype = 'f' and d.defaclnamespace = 0
);
