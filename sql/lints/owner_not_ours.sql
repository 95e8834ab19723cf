-- Everything of ours belongs to one of the three owners.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tags owner to postgres

select
    o.path as object,
    'An owner can change it, and drops row-level security of it.' as why,
    pg_catalog.format('it belongs to %s', o.owner::pg_catalog.regrole) as what,
    pg_catalog.format('alter table %s owner to todo_owner', o.path) as mend
from (
    select
        path,
        owner
    from relations
    where kind in ('r', 'p', 'v', 'm', 'S')
    union all
    select
        path,
        owner
    from functions
) as o
where o.owner not in (select oid from owners);
