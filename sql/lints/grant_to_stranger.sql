-- Only our own roles are granted anything of ours.
--
-- severity: stop
-- about: schema
-- fault: grant select on app_data.tags to pg_monitor

select
    'A role that sql/roles.sql does not know has no policy that was thought about.'
        as why,
    pg_catalog.format('%s to %s', g.path, g.grantee::pg_catalog.regrole) as object,
    pg_catalog.format('%s is granted', g.privilege_type) as what,
    pg_catalog.format(
        'revoke all on %s from %s', g.path, g.grantee::pg_catalog.regrole
    ) as mend
from grants as g
where
    g.grantee not in (0, g.owner)
    and g.grantee not in (
        select oid from backend
        union all
        select oid from owners
    );
