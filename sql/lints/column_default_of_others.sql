-- An owner column has no default but the verified user.
--
-- severity: look
-- about: schema
-- fault: alter table app_data.tags alter column user_id set default 'a0000000-0000-7000-8000-000000000000'

select
    c.path as object,
    'A default that is somebody writes rows for that somebody.' as why,
    pg_catalog.pg_get_expr(d.adbin, d.adrelid) as what,
    pg_catalog.format(
        'alter table %I.%I alter column %I drop default', c.room, c.relation, c.name
    ) as mend
from columns as c
inner join pg_catalog.pg_attrdef as d on c.oid = d.adrelid and c.number = d.adnum
where
    c.name in ('user_id', 'created_by')
    and pg_catalog.pg_get_expr(d.adbin, d.adrelid) not in (
        'app.current_user_id()', 'user_id'
    );
