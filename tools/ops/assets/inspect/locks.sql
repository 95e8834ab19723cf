-- Strong locks that are held: SHARE UPDATE EXCLUSIVE and stronger on our tables.
--
-- section: Locks

select
    l.relation::regclass::text as object,
    l.mode,
    l.pid,
    a.usename as role,
    a.state,
    round(extract(epoch from clock_timestamp() - a.xact_start))::bigint as seconds,
    left(regexp_replace(a.query, '\s+', ' ', 'g'), 100) as query,
    case
        when l.mode = 'AccessExclusiveLock'
        and clock_timestamp() - a.xact_start > interval '10 s' then 'act'
        when clock_timestamp() - a.xact_start > interval '60 s' then 'look'
        else 'ok'
    end as verdict,
    format('%s holds %s', a.application_name, l.mode) as says,
    format('select pg_cancel_backend(%s);', l.pid) as mend
from pg_locks as l
inner join pg_stat_activity as a on a.pid = l.pid
inner join pg_class as c on c.oid = l.relation
inner join pg_namespace as n on n.oid = c.relnamespace
where
    l.granted
    and l.database = (select oid from pg_database where datname = current_database())
    and l.mode in (
        'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock',
        'ExclusiveLock', 'AccessExclusiveLock'
    )
    and n.nspname not in ('pg_catalog', 'information_schema')
    and l.pid <> pg_backend_pid()
order by seconds desc nulls last
