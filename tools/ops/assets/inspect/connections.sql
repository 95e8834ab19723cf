-- Connections by role and state, against what the server and the role allow.
--
-- section: Queries

with limits as (
    select current_setting('max_connections')::integer
    - current_setting('superuser_reserved_connections')::integer as most
)

select
    coalesce(a.usename, 'the server itself') as object,
    count(*) as connections,
    count(*) filter (where a.state = 'active') as active,
    count(*) filter (where a.state like 'idle in transaction%') as idle_in_transaction,
    count(*) filter (where a.wait_event_type = 'Lock') as waiting,
    case when r.rolconnlimit >= 0 then least(r.rolconnlimit, l.most) else l.most end
    as most,
    case
        when a.usename is null then 'ok'
        when count(*) >= 0.9
        * case when r.rolconnlimit >= 0 then least(r.rolconnlimit, l.most) else l.most end
            then 'act'
        when count(*) >= 0.7
        * case when r.rolconnlimit >= 0 then least(r.rolconnlimit, l.most) else l.most end
            then 'look'
        else 'ok'
    end as verdict,
    'the connections that it may have' as says,
    'a pooler in transaction mode in front (docs/runtime.md), or fewer in the pools:'
    || ' TODO_POOL_SIZE' as mend
from pg_stat_activity as a
cross join limits as l
left join pg_roles as r on r.rolname = a.usename
where a.backend_type = 'client backend'
group by a.usename, r.rolconnlimit, l.most
order by connections desc
