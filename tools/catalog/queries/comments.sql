-- Comments and security labels of every kind of object, columns and roles included.
select o.key || ': comment' as key, d.description as value
from (
    select classid, oid, key from objects
    union all
    select classid, oid, key from rare
) as o
inner join pg_description as d
    on d.classoid = o.classid and d.objoid = o.oid and d.objsubid = 0
union all
select c.key || ': comment', d.description
from columns as c
inner join pg_description as d
    on d.classoid = 'pg_class'::regclass
    and d.objoid = c.attrelid and d.objsubid = c.attnum
union all
select
    case d.classoid
        when 'pg_database'::regclass then 'database'
        else 'role ' || n.name
    end || ': comment',
    d.description
from pg_shdescription as d
left join role_names as n on n.oid = d.objoid and d.classoid = 'pg_authid'::regclass
left join pg_database as b on b.oid = d.objoid and d.classoid = 'pg_database'::regclass
where n.is_ours or b.datname = current_database()
union all
select o.key || ': security label ' || l.provider, l.label
from (
    select classid, oid, key from objects
    union all
    select classid, oid, key from rare
) as o
inner join pg_seclabel as l
    on l.classoid = o.classid and l.objoid = o.oid and l.objsubid = 0
union all
select c.key || ': security label ' || l.provider, l.label
from columns as c
inner join pg_seclabel as l
    on l.classoid = 'pg_class'::regclass
    and l.objoid = c.attrelid and l.objsubid = c.attnum
