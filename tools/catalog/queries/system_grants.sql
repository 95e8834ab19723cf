-- Grants on objects of the server, and of extensions, that differ from those they were
-- born with: execute on a file-reading function, select on pg_authid, SET on a
-- parameter. Only what reaches the project's roles or everybody.
select
    'system ' || i.type || ' ' || i.identity || ': granted' as key,
    coalesce(x.now, 'nothing') as value
from (
    select
        o.*,
        (
            select string_agg(
                g.name || ' ' || a.privilege_type
                || case when a.is_grantable then '*' else '' end,
                ', ' order by g.name, a.privilege_type
            )
            from aclexplode(o.acl) as a
            inner join role_names as g on g.oid = a.grantee
            where g.is_ours or g.oid = 0
        ) as now,
        (
            select string_agg(
                g.name || ' ' || a.privilege_type
                || case when a.is_grantable then '*' else '' end,
                ', ' order by g.name, a.privilege_type
            )
            from aclexplode(coalesce(o.initial, acldefault(o.kind, 10))) as a
            inner join role_names as g on g.oid = a.grantee
            where g.is_ours or g.oid = 0
        ) as at_first
    from (
        select s.*, p.initprivs as initial
        from (
            select
                'pg_class'::regclass::oid as classid,
                c.oid,
                0 as subid,
                c.relacl as acl,
                case c.relkind when 'S' then 's' else 'r' end::"char" as kind
            from pg_class as c
            where
                c.relacl is not null
                and (
                    c.relnamespace = 'pg_catalog'::regnamespace
                    or ('pg_class'::regclass, c.oid) in (table members)
                )
            union all
            select 'pg_class'::regclass, a.attrelid, a.attnum, a.attacl, 'c'
            from pg_attribute as a
            inner join pg_class as c on c.oid = a.attrelid
            where
                a.attacl is not null and c.relnamespace = 'pg_catalog'::regnamespace
            union all
            select 'pg_proc'::regclass, p.oid, 0, p.proacl, 'f'
            from pg_proc as p
            where
                p.proacl is not null
                and (
                    p.oid < 16384
                    or ('pg_proc'::regclass, p.oid) in (table members)
                )
            union all
            select 'pg_type'::regclass, t.oid, 0, t.typacl, 'T'
            from pg_type as t
            where t.typacl is not null and t.oid < 16384
            union all
            select 'pg_namespace'::regclass, n.oid, 0, n.nspacl, 'n'
            from pg_namespace as n
            where n.nspacl is not null and n.nspname = 'pg_catalog'
            union all
            select 'pg_tablespace'::regclass, t.oid, 0, t.spcacl, 't'
            from pg_tablespace as t
            where t.spcacl is not null
            union all
            select 'pg_parameter_acl'::regclass, p.oid, 0, p.paracl, 'p'
            from pg_parameter_acl as p
        ) as s
        left join pg_init_privs as p
            on p.classoid = s.classid and p.objoid = s.oid and p.objsubid = s.subid
    ) as o
) as x
cross join lateral pg_identify_object(x.classid, x.oid, x.subid) as i
where x.now is distinct from x.at_first
