-- The collation of the database is of the version that its indexes were made with.
--
-- severity: look
-- about: server
-- fault: -

select
    d.datname::text as object,
    'An index on text may not find its rows, and a unique one may not hold.' as why,
    pg_catalog.format('made with %s', d.datcollversion) as what,
    pg_catalog.format('reindex database %I', d.datname) as mend
from pg_catalog.pg_database as d
where
    d.datname = pg_catalog.current_database()
    and d.datcollversion is distinct from pg_catalog.pg_database_collation_actual_version( -- noqa: LT05
        d.oid
    );
