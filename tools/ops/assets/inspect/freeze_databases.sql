-- How far each database is from the point at which the server takes no more writes.
--
-- section: Vacuum

select
    d.datname as object,
    age(d.datfrozenxid) as transactions,
    mxid_age(d.datminmxid) as multixacts,
    2147483647 - 3000000 - greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) as left_over,
    round(100.0 * greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) / 2147483647, 1)
    as percent,
    case
        when greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) > 1500000000 then 'act'
        when age(d.datfrozenxid)
        > 1.5 * current_setting('autovacuum_freeze_max_age')::bigint then 'act'
        when age(d.datfrozenxid)
        > current_setting('autovacuum_freeze_max_age')::bigint then 'look'
        else 'ok'
    end as verdict,
    'transactions since its oldest row was frozen' as says,
    case
        when age(d.datfrozenxid) > current_setting('autovacuum_freeze_max_age')::bigint
            then format('vacuumdb --freeze --dbname=%s', quote_ident(d.datname))
        else ''
    end as mend
from pg_database as d
order by transactions desc
