-- Collations whose rules changed since the database was made, by an update of the
-- operating system: indexes on text may be in the wrong order.
--
-- section: Settings

select
    d.datname as object,
    d.datcollversion as made_with,
    pg_database_collation_actual_version(d.oid) as now,
    'act' as verdict,
    'the rules of order changed: indexes on text may be wrong' as says,
    format('reindex database %I; alter database %I refresh collation version;',
        d.datname, d.datname) as mend
from pg_database as d
where
    d.datname = current_database()
    and d.datcollversion is distinct from pg_database_collation_actual_version(d.oid)
