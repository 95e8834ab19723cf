-- What the database keeps itself cannot be inserted by the app.
--
-- severity: stop
-- about: schema
-- fault: grant insert (version) on app_data.tags to todo_user

select
    c.path as object,
    'A person would date and count rows as it pleases.' as why,
    pg_catalog.format('%s may insert it', b.name) as what,
    pg_catalog.format(
        'revoke insert (%I) on %I.%I from %I', c.name, c.room, c.relation, b.name
    ) as mend
from columns as c
cross join backend as b
where
    c.kind in ('r', 'p')
    and c.name in (
        'created_by',
        'created_at',
        'updated_at',
        'version',
        'deleted_at',
        'deletion_id',
        'completed_at'
    )
    and pg_catalog.has_column_privilege(b.oid, c.oid, c.number, 'insert');
