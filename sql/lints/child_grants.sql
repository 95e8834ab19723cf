-- A partition has no grants of its own.
--
-- severity: stop
-- about: schema
-- fault: create table app.child () inherits (app_data.tags)
-- fault: grant select on app.child to todo_user

select
    r.path as object,
    'a child has grants of its own' as what,
    'Its rows can be reached past the policies of its parent.' as why,
    pg_catalog.format('revoke all on %s from public', r.path) as mend
from relations as r
inner join pg_catalog.pg_inherits as i on r.oid = i.inhrelid
where
    r.kind in ('r', 'p')
    and exists (
        select from grants as g
        where g.path = r.path and g.grantee <> r.owner
    );
