-- Logins that row-level security does not bind, superusers apart.
--
-- type: gauge

select count(*) as value
from pg_roles
where rolcanlogin and rolbypassrls and not rolsuper
