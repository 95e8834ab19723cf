-- Every view asks as its caller (security_invoker).
--
-- severity: stop
-- about: schema
-- fault: create view app.everything as select * from app_data.tasks

select
    r.path as object,
    'the view reads with the rights of its owner' as what,
    'Policies of the reader do not count in it.' as why,
    pg_catalog.format('alter view %s set (security_invoker = true)', r.path) as mend
from relations as r
where
    r.kind = 'v' and r.room <> 'app_private'
    and not coalesce('security_invoker=true' = any(r.reloptions), false);
