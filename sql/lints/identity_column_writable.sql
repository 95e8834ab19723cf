-- Owner, id, maker, dates and version of a row cannot be rewritten by the app.
--
-- severity: stop
-- about: schema
-- fault: grant update (user_id) on app_data.tags to todo_user

select
    c.path as object,
    'A row would change hands, or its history.' as why,
    pg_catalog.format('%s may update it', b.name) as what,
    pg_catalog.format(
        'revoke update (%I) on %I.%I from %I', c.name, c.room, c.relation, b.name
    ) as mend
from columns as c
cross join backend as b
where
    c.kind in ('r', 'p')
    and c.name in (
        'id',
        'user_id',
        'created_by',
        'created_at',
        'updated_at',
        'version',
        'deletion_id'
    )
    and pg_catalog.has_column_privilege(b.oid, c.oid, c.number, 'update');
