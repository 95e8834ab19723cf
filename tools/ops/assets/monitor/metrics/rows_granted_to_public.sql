-- Tables and views of ours on which PUBLIC has a privilege.
--
-- type: gauge

select count(*) as value
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
cross join aclexplode(c.relacl) as a
where n.nspname in ('app', 'app_data', 'app_auth', 'app_private') and a.grantee = 0
