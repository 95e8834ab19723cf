-- Nobody may do more with a view than with some column of the table behind it.
--
-- severity: look
-- about: schema
-- fault: grant delete on app.users to todo_user

select
    v.path as object,
    'The table refuses it; whoever reads the grants of the view believes it.' as why,
    pg_catalog.format('%s may %s', b.name, p.name) as what,
    pg_catalog.format('revoke %s on %s from %I', p.name, v.path, b.name) as mend
from relations as v
inner join relations as t on v.name = t.name and t.room = 'app_data'
cross join backend as b
cross join (values ('insert'), ('update'), ('delete')) as p (name)
where
    v.room = 'app' and v.kind = 'v'
    and case p.name
        when 'delete'
            then
                pg_catalog.has_table_privilege(b.oid, v.oid, 'delete')
                and not pg_catalog.has_table_privilege(b.oid, t.oid, 'delete')
        else
            pg_catalog.has_any_column_privilege(b.oid, v.oid, p.name)
            and not pg_catalog.has_any_column_privilege(b.oid, t.oid, p.name)
    end;
