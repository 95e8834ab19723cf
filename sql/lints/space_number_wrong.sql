-- The number that a policy asks first is that of the row's owner, and of nothing else.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tags alter column space_number drop expression

select
    c.path as object,
    'A row that carries another number is asked conditions of strangers.' as why,
    coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'it is not generated') as what,
    pg_catalog.format(
        'alter table %I.%I drop column %I, add column %I integer not null generated always as (app.space_number(user_id)) stored', -- noqa: LT05
        c.room, c.relation, c.name, c.name
    ) as mend
from columns as c
left join pg_catalog.pg_attrdef as d on c.oid = d.adrelid and c.number = d.adnum
where
    c.name = 'space_number' and c.kind in ('r', 'p')
    and (
        c.attgenerated <> 's'
        or pg_catalog.pg_get_expr(d.adbin, d.adrelid)
        <> case c.relation
            when 'users' then 'app.space_number(id)' else 'app.space_number(user_id)'
        end
    );
