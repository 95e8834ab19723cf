-- Transactions whose dead rows something keeps vacuum from removing.
--
-- type: gauge

select coalesce(max(h.age), 0) as value
from (
    select greatest(age(backend_xmin), age(backend_xid)) as age from pg_stat_activity
    union all
    select greatest(age(xmin), age(catalog_xmin)) from pg_replication_slots
    union all
    select age(transaction) from pg_prepared_xacts
) as h
