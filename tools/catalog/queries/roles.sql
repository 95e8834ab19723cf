-- The project's roles, who may become them and what they may become, and settings that
-- a role or the database starts with. That the migrator may become them is not a fact:
-- a superuser may anyway, and version 16 on write it down for everyone else.
select 'role ' || n.name || ': ' || f.property as key, f.value
from role_names as n
inner join pg_roles as r on r.oid = n.oid
cross join lateral (
    values
    ('may log in', case when r.rolcanlogin then 'yes' else 'no' end),
    ('superuser', case when r.rolsuper then 'yes' else 'no' end),
    ('bypasses row level security', case when r.rolbypassrls then 'yes' else 'no' end),
    ('inherits', case when r.rolinherit then 'yes' else 'no' end),
    ('creates roles', case when r.rolcreaterole then 'yes' else 'no' end),
    ('creates databases', case when r.rolcreatedb then 'yes' else 'no' end),
    ('replication', case when r.rolreplication then 'yes' else 'no' end),
    ('connection limit', nullif(r.rolconnlimit, -1)::text),
    ('valid until', nullif(r.rolvaliduntil, 'infinity')::text)
) as f (property, value)
where n.is_ours
union all
select
    'role ' || m.name || ': member of ' || r.name,
    -- The options are columns from version 16 on; before it they followed the member.
    case when bool_or(o.inherits) then 'inherits' else 'does not inherit' end
    || case when bool_or(o.may_set) then ', may' else ', may not' end || ' become it'
    || case when bool_or(a.admin_option) then ', may grant it' else '' end
from pg_auth_members as a
inner join role_names as r on r.oid = a.roleid
inner join role_names as m on m.oid = a.member
inner join pg_roles as p on p.oid = a.member
cross join lateral (
    select
        coalesce(
            (to_jsonb(a) ->> 'inherit_option')::boolean, p.rolinherit
        ) as inherits,
        coalesce((to_jsonb(a) ->> 'set_option')::boolean, true) as may_set
) as o
where (r.is_ours or m.is_ours) and not m.is_migrator
group by r.name, m.name
union all
select
    case
        when s.setrole <> 0 then 'role ' || n.name
        when s.setdatabase <> 0 then 'database'
        else 'every role'
    end
    || ': setting ' || split_part(c.setting, '=', 1)
    || case
        when 0 not in (s.setrole, s.setdatabase) then ' in this database'
        else ''
    end,
    substr(c.setting, strpos(c.setting, '=') + 1)
from pg_db_role_setting as s
inner join role_names as n on n.oid = s.setrole
left join pg_database as d on d.oid = s.setdatabase
cross join lateral unnest(s.setconfig) as c (setting)
where
    (n.is_ours or n.oid = 0)
    and (s.setdatabase = 0 or d.datname = current_database())
