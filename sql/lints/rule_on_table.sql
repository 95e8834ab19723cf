-- No rewrite rule stands on a table.
--
-- severity: stop
-- about: schema
-- fault: create rule nothing as on delete to app_data.tags do instead nothing

select
    'a rule rewrites statements' as what,
    'What a statement does is then not what it says, and RETURNING rules go past policies.' -- noqa: LT05
        as why,
    pg_catalog.format('%s: rule %I', r.path, w.rulename) as object,
    pg_catalog.format('drop rule %I on %s', w.rulename, r.path) as mend
from relations as r
inner join pg_catalog.pg_rewrite as w on r.oid = w.ev_class
where w.rulename <> '_RETURN';
