-- Statements that run now, the longest first.
--
-- section: Queries

select
    a.pid::text as object,
    a.usename as role,
    a.datname as database,
    round(extract(epoch from clock_timestamp() - a.query_start))::bigint as seconds,
    coalesce(a.wait_event_type || ': ' || a.wait_event, 'on the processor') as waits_for,
    left(regexp_replace(a.query, '\s+', ' ', 'g'), 200) as query,
    case
        when clock_timestamp() - a.query_start > interval '5 min' then 'act'
        when clock_timestamp() - a.query_start > interval '30 s' then 'look'
        else 'ok'
    end as verdict,
    'it runs longer than a request lives' as says,
    format('select pg_cancel_backend(%s);', a.pid) as mend
from pg_stat_activity as a
where
    a.state = 'active'
    and a.backend_type = 'client backend'
    and a.pid <> pg_backend_pid()
    and clock_timestamp() - a.query_start > interval '1 s'
order by seconds desc
