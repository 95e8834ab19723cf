-- Who waits for whom: each session that waits, the one at the head of its chain, and how
-- long. To end the head frees the whole chain.
--
-- section: Locks

with recursive waits as (
    select a.pid, b.blocker
    from pg_stat_activity as a
    cross join lateral unnest(pg_blocking_pids(a.pid)) as b (blocker)
),

chains as (
    select w.pid, w.blocker as head, array[w.pid, w.blocker] as path
    from waits as w
    union all
    select c.pid, w.blocker, c.path || w.blocker
    from chains as c
    inner join waits as w on w.pid = c.head
    where w.blocker <> all (c.path)
)

select
    c.pid::text as object,
    array_to_string(c.path, ' waits for ') as chain,
    a.usename as role,
    round(extract(epoch from clock_timestamp() - a.query_start))::bigint as seconds,
    left(regexp_replace(a.query, '\s+', ' ', 'g'), 100) as query,
    h.state as head_state,
    left(regexp_replace(h.query, '\s+', ' ', 'g'), 100) as head_query,
    case
        when clock_timestamp() - a.query_start > interval '30 s' then 'act'
        else 'look'
    end as verdict,
    format('waits for a lock that %s holds', c.head) as says,
    format('select pg_terminate_backend(%s);', c.head) as mend
from chains as c
inner join pg_stat_activity as a on a.pid = c.pid
left join pg_stat_activity as h on h.pid = c.head
where not exists (select from waits as w where w.pid = c.head)
order by seconds desc
