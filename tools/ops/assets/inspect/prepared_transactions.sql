-- Transactions that were prepared and never ended: they hold locks and keep dead rows.
--
-- section: Vacuum

select
    p.gid as object,
    p.owner as role,
    p.database,
    round(extract(epoch from clock_timestamp() - p.prepared))::bigint as seconds,
    case
        when clock_timestamp() - p.prepared > interval '5 min' then 'act' else 'look'
    end as verdict,
    'nobody ended it' as says,
    format('rollback prepared %L;', p.gid) as mend
from pg_prepared_xacts as p
order by p.prepared
