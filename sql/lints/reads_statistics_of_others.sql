-- What the backend becomes is no member of pg_monitor and its like, and
-- pg_stat_statements is closed to it.
--
-- severity: stop
-- about: schema
-- fault: grant pg_read_all_stats to todo_user

select
    b.name::text as object,
    'It would read the statements and samples of others.' as why,
    pg_catalog.format('it is a member of %s', r.rolname) as what,
    pg_catalog.format('revoke %I from %I', r.rolname, b.name) as mend
from backend as b
cross join pg_catalog.pg_roles as r
where r.rolname ~ '^pg_' and pg_catalog.pg_has_role(b.oid, r.oid, 'member');
