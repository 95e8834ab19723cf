-- Password hashes, hashes of secrets and signing keys cannot be read by what the
-- backend becomes.
--
-- severity: stop
-- about: schema
-- fault: grant select (password_hash) on app_data.users to todo_user

select
    c.path as object,
    'Whoever reads it can try passwords at leisure.' as why,
    pg_catalog.format('%s may read it', b.name) as what,
    pg_catalog.format(
        'revoke select (%I) on %I.%I from %I', c.name, c.room, c.relation, b.name
    ) as mend
from columns as c
cross join backend as b
where
    (c.name ~ '(_hash|_pad|_secret)$' or c.room = 'app_private')
    and c.kind in ('r', 'p')
    and pg_catalog.has_column_privilege(b.oid, c.oid, c.number, 'select');
