-- Every constraint is validated.
--
-- severity: look
-- about: schema
-- fault: alter table app_data.tags add constraint tags_x check (octet_length(name) < 9) not valid

select
    'NOT VALID' as what,
    'Rows from before may break it.' as why,
    pg_catalog.format('%s: %I', k.path, k.name) as object,
    pg_catalog.format('alter table %s validate constraint %I', k.path, k.name) as mend
from constraints as k
where not k.convalidated;
