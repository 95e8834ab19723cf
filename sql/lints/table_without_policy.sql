-- Every table that the app may read has a policy for each command that is granted.
--
-- severity: stop
-- about: schema
-- fault: drop policy tags_delete_user on app_data.tags

select
    'Nothing can be read or written, or somebody is about to open it in a hurry.'
        as why,
    pg_catalog.format('%s to %s', r.path, b.name) as object,
    pg_catalog.format('%s is granted, and no policy lets a row through', v.command)
        as what,
    pg_catalog.format('revoke %s on %s from %I', v.command, r.path, b.name) as mend
from relations as r
cross join backend as b
cross join (values ('select'), ('insert'), ('update'), ('delete')) as v (command)
where
    r.room = 'app_data' and r.kind in ('r', 'p')
    and case v.command
        when 'delete' then pg_catalog.has_table_privilege(b.oid, r.oid, 'delete')
        else pg_catalog.has_any_column_privilege(b.oid, r.oid, v.command)
    end
    and not exists (
        select from policies as p
        where
            p.path = r.path
            and p.cmd = pg_catalog.upper(v.command)
            and b.name = any(p.roles)
    );
