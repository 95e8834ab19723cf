-- Connections of a role with a limit, as a share of its limit.
--
-- type: gauge

select
    r.rolname as role,
    count(a.pid)::float8 / r.rolconnlimit as value
from pg_roles as r
left join pg_stat_activity as a on a.usename = r.rolname
where r.rolcanlogin and r.rolconnlimit > 0 and r.rolname <> 'todo_monitor'
group by r.rolname, r.rolconnlimit
