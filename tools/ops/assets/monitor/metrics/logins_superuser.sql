-- Logins that are superuser, besides the first.
--
-- type: gauge

select count(*) as value from pg_roles where rolcanlogin and rolsuper and oid <> 10
