-- Every trigger of ours is enabled.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tags disable trigger all

select
    'the trigger does not fire' as what,
    'What it checks and keeps is not checked and kept.' as why,
    pg_catalog.format('%s: trigger %I', r.path, t.tgname) as object,
    pg_catalog.format('alter table %s enable trigger %I', r.path, t.tgname) as mend
from relations as r
inner join pg_catalog.pg_trigger as t on r.oid = t.tgrelid
where t.tgenabled <> 'O';
