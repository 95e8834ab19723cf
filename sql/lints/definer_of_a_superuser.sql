-- A SECURITY DEFINER function belongs to one of the three owners.
--
-- severity: stop
-- about: schema
-- fault: alter function app.current_user_id() owner to postgres

select
    f.path as object,
    'It runs with all that its owner may.' as why,
    pg_catalog.format('it runs as %s', f.owner::pg_catalog.regrole) as what,
    pg_catalog.format('alter function %s owner to todo_owner', f.path) as mend
from functions as f
where f.prosecdef and f.owner not in (select oid from owners);
