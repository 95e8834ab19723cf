-- What the backend becomes owns nothing.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tags owner to todo_user

select
    s.objid::text as object,
    'An owner is not held by grants.' as why,
    pg_catalog.format(
        '%s owns %s', b.name, pg_catalog.pg_describe_object(s.classid, s.objid, 0)
    ) as what,
    pg_catalog.format('reassign owned by %I to todo_owner', b.name) as mend
from pg_catalog.pg_shdepend as s
inner join
    backend as b
    on s.refobjid = b.oid and s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
where
    s.deptype = 'o'
    and s.dbid in (
        0, (
            select d.oid from pg_catalog.pg_database as d
            where d.datname = pg_catalog.current_database()
        )
    );
