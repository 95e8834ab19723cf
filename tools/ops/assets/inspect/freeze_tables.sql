-- The tables whose oldest row is the longest not frozen.
--
-- section: Vacuum

select
    c.oid::regclass::text as object,
    age(c.relfrozenxid) as transactions,
    mxid_age(c.relminmxid) as multixacts,
    pg_size_pretty(pg_table_size(c.oid)) as size,
    case
        when age(c.relfrozenxid)
        > 1.5 * current_setting('autovacuum_freeze_max_age')::bigint then 'act'
        when age(c.relfrozenxid)
        > current_setting('autovacuum_freeze_max_age')::bigint then 'look'
        else 'ok'
    end as verdict,
    'transactions since its oldest row was frozen' as says,
    case
        when age(c.relfrozenxid) > current_setting('autovacuum_freeze_max_age')::bigint
            then format('vacuum (freeze, verbose) %s;', c.oid::regclass)
        else ''
    end as mend
from pg_class as c
where c.relkind in ('r', 'm', 't') and c.relfrozenxid <> '0'
order by transactions desc, pg_table_size(c.oid) desc, object
limit 20
