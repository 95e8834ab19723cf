-- Transactions that are open for long, idle ones among them. While one is open, vacuum
-- removes nothing that died after it began.
--
-- section: Queries

select
    a.pid::text as object,
    a.usename as role,
    a.state,
    round(extract(epoch from clock_timestamp() - a.xact_start))::bigint as seconds,
    round(extract(epoch from clock_timestamp() - a.state_change))::bigint as idle_seconds,
    age(a.backend_xmin) as holds_back,
    left(regexp_replace(a.query, '\s+', ' ', 'g'), 100) as query,
    case
        when clock_timestamp() - a.xact_start > interval '30 min' then 'act'
        when a.state like 'idle in transaction%'
        and clock_timestamp() - a.state_change > interval '60 s' then 'act'
        when clock_timestamp() - a.xact_start > interval '60 s' then 'look'
        else 'ok'
    end as verdict,
    'vacuum removes nothing that died since it began' as says,
    format('select pg_terminate_backend(%s);', a.pid) as mend
from pg_stat_activity as a
where
    a.xact_start is not null
    and a.backend_type = 'client backend'
    and a.pid <> pg_backend_pid()
    and clock_timestamp() - a.xact_start > interval '1 s'
order by seconds desc
