-- PUBLIC has nothing on a schema of ours, nor on public.
--
-- severity: stop
-- about: schema
-- fault: grant usage on schema app to public

select
    n.nspname as object,
    'A function or table of the same name can be put there.' as why,
    pg_catalog.format('PUBLIC has %s', a.privilege_type) as what,
    pg_catalog.format('revoke all on schema %I from public', n.nspname) as mend
from pg_catalog.pg_namespace as n
cross join
    lateral pg_catalog.aclexplode(
        coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))
    ) as a
where
    (n.oid in (select oid from rooms) or n.nspname in ('public', 'todo_migrations'))
    and a.grantee = 0;
