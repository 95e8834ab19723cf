-- Every unique key is led by the space.
--
-- severity: stop
-- about: schema
-- fault: create unique index tags_name_everywhere on app_data.tags (id)

select
    i.indexrelid::pg_catalog.regclass::text as object,
    'user_id is not its first column' as what,
    'A duplicate would tell that somebody has such a row.' as why,
    pg_catalog.format('drop index %s', i.indexrelid::pg_catalog.regclass) as mend
from pg_catalog.pg_index as i
inner join relations as r on i.indrelid = r.oid
left join columns as c on i.indrelid = c.oid and c.number = i.indkey[0]
where
    r.room = 'app_data'
    and r.name <> 'users'
    and i.indisunique
    and c.name is distinct from 'user_id';
