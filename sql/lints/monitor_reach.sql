-- todo_monitor is a member of pg_monitor and of what that is made of, and of nothing else.
--
-- severity: stop
-- about: schema
-- fault: grant pg_read_all_data to todo_monitor

select
    'Whoever watches the server would read what people wrote.' as why,
    m.rolname::text as object,
    pg_catalog.format('it is a member of %s', r.rolname) as what,
    pg_catalog.format('revoke %I from %I', r.rolname, m.rolname) as mend
from pg_catalog.pg_roles as m
cross join pg_catalog.pg_roles as r
where
    m.rolname = 'todo_monitor'
    and r.oid <> m.oid
    and pg_catalog.pg_has_role(m.oid, r.oid, 'member')
    and r.rolname not in (
        'pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables'
    );
