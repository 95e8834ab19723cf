-- Every table has a primary key.
--
-- severity: look
-- about: schema
-- fault: create table app.heap (user_id uuid)

select
    r.path as object,
    'no primary key' as what,
    'A row cannot be addressed, and a replica cannot apply changes to it.' as why,
    pg_catalog.format('alter table %s add primary key (user_id, id)', r.path) as mend
from relations as r
where
    r.kind in ('r', 'p')
    and not exists (
        select
        from pg_catalog.pg_constraint as k
        where k.conrelid = r.oid and k.contype = 'p'
    );
