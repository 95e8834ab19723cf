-- Every CHECK is named as a sentence about its table.
--
-- severity: note
-- about: schema
-- fault: alter table app_data.tags add constraint x check (octet_length(name) < 900)

select
    'the name does not begin with the table' as what,
    'The name is what a person is told.' as why,
    pg_catalog.format('%s: %I', k.path, k.name) as object,
    pg_catalog.format(
        'alter table %s rename constraint %I to %I',
        k.path,
        k.name,
        k.relation || '_' || k.name
    ) as mend
from constraints as k
where k.type = 'c' and k.name not like k.relation || '\_%';
