-- No function of ours is LEAKPROOF.
--
-- severity: stop
-- about: schema
-- fault: alter function app.fold_name(text) leakproof

select
    f.path as object,
    'it is LEAKPROOF' as what,
    'The planner may run it in front of policies.' as why,
    pg_catalog.format('alter function %s not leakproof', f.path) as mend
from functions as f
where f.proleakproof;
