-- Every index is valid.
--
-- severity: look
-- about: schema
-- fault: update pg_catalog.pg_index set indisvalid = false where indexrelid = 'app_data.projects_sidebar_idx'::regclass

select
    i.indexrelid::pg_catalog.regclass::text as object,
    'invalid' as what,
    'It costs every write and serves no query, and a unique one may not hold.' as why,
    pg_catalog.format('drop index concurrently %s', i.indexrelid::pg_catalog.regclass)
        as mend
from pg_catalog.pg_index as i inner join relations as r on i.indrelid = r.oid
where not (i.indisvalid and i.indisready);
