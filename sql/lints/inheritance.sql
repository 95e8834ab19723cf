-- No table inherits: rows of a child that has grants of its own go past the policies of
-- the parent.
--
-- severity: stop
-- about: schema
-- fault: create table app.child () inherits (app_data.tags)

select
    r.path as object,
    'it is the child of another table' as what,
    'A grant on the child leaks the rows of both.' as why,
    pg_catalog.format(
        'alter table %s no inherit %s', r.path, i.inhparent::pg_catalog.regclass
    ) as mend
from relations as r
inner join pg_catalog.pg_inherits as i on r.oid = i.inhrelid
where r.kind in ('r', 'p') and not (r.relrowsecurity and r.relforcerowsecurity);
