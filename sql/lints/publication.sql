-- No publication sends rows of ours without being known.
--
-- severity: look
-- about: schema
-- fault: create publication p for table app_data.tags

select
    p.pubname::text as object,
    'a publication' as what,
    'A subscriber gets the rows of all people, past policies.' as why,
    pg_catalog.format('drop publication %I', p.pubname) as mend
from pg_catalog.pg_publication as p;
