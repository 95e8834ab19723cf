-- There are no extended statistics.
--
-- severity: stop
-- about: schema
-- fault: create statistics app.s on status, priority from app_data.tasks

select
    s.oid::pg_catalog.regclass::text as object,
    'extended statistics on a table of ours' as what,
    'They keep samples of several columns together.' as why,
    pg_catalog.format('drop statistics %I.%I', n.name, s.stxname) as mend
from pg_catalog.pg_statistic_ext as s inner join rooms as n on s.stxnamespace = n.oid;
