-- What objects that do not exist yet will be born with.
select
    'default privileges of ' || w.name
    || coalesce(' in schema ' || s.name, '')
    || case d.defaclobjtype
        when 'r' then ' on tables'
        when 'S' then ' on sequences'
        when 'f' then ' on functions'
        when 'T' then ' on types'
        when 'n' then ' on schemas'
        else ' on large objects'
    end as key,
    coalesce(
        (
            select string_agg(p.grantee || ' ' || p.privileges, '; ' order by p.grantee)
            from (
                select
                    g.name || case when a.is_grantable then '*' else '' end as grantee,
                    case
                        when count(distinct a.privilege_type) = (
                            select count(*)
                            from
                                aclexplode(
                                    acldefault(
                                        case d.defaclobjtype
                                            when 'S' then 's'
                                            else d.defaclobjtype
                                        end,
                                        d.defaclrole
                                    )
                                ) as f
                            where f.grantee = d.defaclrole
                        )
                            then 'ALL'
                        else
                            string_agg(
                                distinct a.privilege_type, ', '
                                order by a.privilege_type
                            )
                    end as privileges
                from aclexplode(d.defaclacl) as a
                inner join role_names as g on g.oid = a.grantee
                group by g.name, a.is_grantable
            ) as p
        ),
        'nothing'
    ) as value
from pg_default_acl as d
inner join role_names as w on w.oid = d.defaclrole
left join schemas as s on s.oid = d.defaclnamespace
where d.defaclnamespace = 0 or s.oid is not null
