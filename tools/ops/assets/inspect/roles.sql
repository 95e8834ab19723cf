-- Who may log in, with what power, how many connections and which settings.
--
-- section: Roles

select
    r.rolname as object,
    r.rolcanlogin as logs_in,
    r.rolsuper as superuser,
    r.rolbypassrls as bypasses_rls,
    r.rolcreaterole as makes_roles,
    r.rolreplication as replicates,
    r.rolconnlimit as connection_limit,
    r.rolvaliduntil as valid_until,
    (select count(*) from pg_stat_activity as a where a.usename = r.rolname) as connections,
    array_to_string(s.setconfig, ', ') as settings,
    case
        when r.rolcanlogin and r.rolbypassrls and not r.rolsuper then 'look'
        when r.rolcanlogin and r.rolvaliduntil < now() then 'look'
        else 'ok'
    end as verdict,
    case
        when r.rolcanlogin and r.rolbypassrls and not r.rolsuper
            then 'row-level security does not hold for it'
        when r.rolcanlogin and r.rolvaliduntil < now() then 'its password is not valid any more'
        else 'what it may'
    end as says,
    case
        when r.rolcanlogin and r.rolbypassrls and not r.rolsuper
            then format('alter role %I nobypassrls;', r.rolname)
        when r.rolcanlogin and r.rolvaliduntil < now() then 'make rotate what=password'
        else ''
    end as mend
from pg_roles as r
left join pg_db_role_setting as s on s.setrole = r.oid and s.setdatabase = 0
where r.rolname !~ '^pg_'
order by r.rolcanlogin desc, object
