-- app.current_user_id costs so much that the planner asks it last among conditions and
-- once.
--
-- severity: stop
-- about: schema
-- fault: alter function app.current_user_id() cost 1

select
    f.path as object,
    'its cost is not 10000' as what,
    'The planner would call it for rows.' as why,
    pg_catalog.format('alter function %s cost 10000', f.path) as mend
from functions as f inner join pg_catalog.pg_proc as p on f.oid = p.oid
where f.path = 'app.current_user_id()' and p.procost <> 10000;
