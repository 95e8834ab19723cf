-- No policy lets todo_app, todo_auth or PUBLIC reach a row.
--
-- severity: stop
-- about: schema
-- fault: alter policy tags_select_user on app_data.tags to todo_auth

select
    'These roles are nobody: no row is theirs.' as why,
    pg_catalog.format('%s: policy %I', p.path, p.policyname) as object,
    pg_catalog.format('it is for %s', p.roles) as what,
    pg_catalog.format('drop policy %I on %s', p.policyname, p.path) as mend
from policies as p
where p.roles && '{todo_app,todo_auth,public}'::name[];
