-- There is no materialized view and no foreign table: neither knows policies.
--
-- severity: stop
-- about: schema
-- fault: create materialized view app.everything as select * from app_data.tasks

select
    r.path as object,
    'this kind of relation knows no policies' as what,
    'Its rows are those of everybody.' as why,
    pg_catalog.format(
        'drop %s %s',
        case r.kind when 'm' then 'materialized view' else 'foreign table' end,
        r.path
    ) as mend
from relations as r
where r.kind in ('m', 'f');
