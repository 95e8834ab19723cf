-- Tables of people's rows without forced row-level security.
--
-- type: gauge

select count(*) as value
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where
    n.nspname in ('app_data', 'app_auth') and c.relkind in ('r', 'p')
    and not (c.relrowsecurity and c.relforcerowsecurity)
