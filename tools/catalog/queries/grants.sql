-- Who may do what. An object without a list of its own has the built-in one, written
-- out; all that there is to grant is called ALL, because version 17 added a privilege.
select
    key || ': grant to ' || grantee as key,
    string_agg(privileges, '; ' order by privileges) as value
from (
    select
        o.key,
        g.name as grantee,
        case
            when
                count(distinct a.privilege_type) = (
                    select count(*)
                    from aclexplode(acldefault(o.acl_kind, o.owner)) as d
                    where d.grantee = o.owner
                )
                then 'ALL'
            else
                string_agg(
                    distinct a.privilege_type, ', ' order by a.privilege_type
                )
        end
        || case when a.is_grantable then ' with grant option' else '' end
        || case when r.name <> w.name then ' by ' || r.name else '' end as privileges
    from objects as o
    cross join lateral aclexplode(coalesce(o.acl, acldefault(o.acl_kind, o.owner))) as a
    inner join role_names as g on g.oid = a.grantee
    inner join role_names as r on r.oid = a.grantor
    inner join role_names as w on w.oid = o.owner
    where o.acl_kind is not null
    group by o.key, o.acl_kind, o.owner, g.name, r.name, w.name, a.is_grantable
    union all
    select
        c.key,
        g.name,
        string_agg(distinct a.privilege_type, ', ' order by a.privilege_type)
        || case when a.is_grantable then ' with grant option' else '' end
        || case when r.name <> w.name then ' by ' || r.name else '' end
    from columns as c
    cross join lateral aclexplode(c.attacl) as a
    inner join role_names as g on g.oid = a.grantee
    inner join role_names as r on r.oid = a.grantor
    inner join role_names as w on w.oid = c.relowner
    group by c.key, g.name, r.name, w.name, a.is_grantable
) as g
group by key, grantee
