-- An index on an expression keeps no statistics of it.
--
-- severity: stop
-- about: schema
-- fault: alter index app_data.users_email_key alter column 1 set statistics 100

select
    i.path as object,
    'its statistics target is not 0' as what,
    'What the expression makes of what people wrote is sampled like a column.' as why,
    pg_catalog.format(
        'alter index %s alter column %s set statistics 0', i.path, i.number
    ) as mend
from columns as c
inner join pg_catalog.pg_index as x on c.oid = x.indexrelid
cross join
    lateral (
        select
            c.oid::pg_catalog.regclass::text as path,
            c.number
    ) as i
where
    x.indkey[c.number - 1] = 0 and coalesce(c.target, -1) <> 0
    and c.type in (
        'text'::pg_catalog.regtype,
        'bytea'::pg_catalog.regtype,
        'jsonb'::pg_catalog.regtype
    );
