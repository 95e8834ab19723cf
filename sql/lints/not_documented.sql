-- Every table, column, function and index says what it is for.
--
-- severity: note
-- about: schema
-- fault: comment on table app_data.tags is null

select
    o.path as object,
    'no comment' as what,
    'Comments are the data dictionary and the docstrings of the models.' as why,
    pg_catalog.format('comment on %s %s is ''…''', o.kind, o.path) as mend
from (
    select
        'table' as kind,
        path,
        pg_catalog.obj_description(oid, 'pg_class') as said
    from relations
    where kind in ('r', 'p', 'v')
    union all
    select
        'column',
        c.path,
        pg_catalog.col_description(c.oid, c.number)
    from columns as c
    where
        c.kind in ('r', 'p', 'v')
        -- A column of a view in front of a table says the same.
        and not (c.kind = 'v' and c.room = 'app')
    union all
    select
        'function',
        path,
        pg_catalog.obj_description(oid, 'pg_proc')
    from functions
    union all
    select
        'index',
        r.path,
        pg_catalog.obj_description(r.oid, 'pg_class')
    from relations as r inner join pg_catalog.pg_index as i on r.oid = i.indexrelid
    where r.room = 'app_data' and not i.indisprimary
) as o
where o.said is null;
