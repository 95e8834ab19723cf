-- Views of the app's schema that read as their owner.
--
-- type: gauge

select count(*) as value
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where
    n.nspname = 'app' and c.relkind = 'v'
    and not coalesce(c.reloptions::text ~* 'security_invoker=(true|on|1|yes)', false)
