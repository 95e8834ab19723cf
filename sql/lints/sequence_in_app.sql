-- There is no sequence in app: it would tell how many rows others make.
--
-- severity: stop
-- about: schema
-- fault: create sequence app.numbers

select
    r.path as object,
    'a sequence' as what,
    'Its last value counts the rows of all people.' as why,
    pg_catalog.format('drop sequence %s', r.path) as mend
from relations as r
where r.kind = 'S';
