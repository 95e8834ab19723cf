-- Every policy is permissive and names one role and one command.
--
-- severity: stop
-- about: schema
-- fault: alter policy tags_select_user on app_data.tags to public

select
    'FOR ALL widens SELECT, and to PUBLIC means every role of the server.' as why,
    pg_catalog.format('%s: policy %I', p.path, p.policyname) as object,
    pg_catalog.format('%s for %s to %s', p.permissive, p.cmd, p.roles) as what,
    pg_catalog.format('drop policy %I on %s', p.policyname, p.path) as mend
from policies as p
where
    p.roles = '{public}' or p.cmd = 'ALL' or p.permissive <> 'PERMISSIVE'
    or pg_catalog.cardinality(p.roles) <> 1;
