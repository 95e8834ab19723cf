-- A view in front of a table has a WHERE, so that the planner merges it into no UNION ALL.
--
-- severity: stop
-- about: schema
-- fault: create or replace view app.task_tags with (security_invoker = true) as select * from app_data.task_tags

select
    r.path as object,
    'it has no WHERE' as what,
    'Merged into a UNION ALL, conditions of an attacker come before those of the policy (docs/decisions/0015).' -- noqa: LT05
        as why,
    'write `where true` into the view' as mend
from relations as r
where
    r.kind = 'v' and r.room = 'app'
    and pg_catalog.pg_get_viewdef(r.oid) !~* '\mwhere\M';
