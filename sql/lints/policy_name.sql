-- A policy is called <table>_<command>_<who>.
--
-- severity: note
-- about: schema
-- fault: alter policy tags_select_user on app_data.tags rename to tags

select
    'the name does not say table, command and role' as what,
    'Whoever reads a plan or an error must know which policy it was.' as why,
    pg_catalog.format('%s: policy %I', p.path, p.policyname) as object,
    pg_catalog.format(
        'alter policy %I on %s rename to %I',
        p.policyname,
        p.path,
        p.tablename
        || '_'
        || pg_catalog.lower(p.cmd)
        || '_'
        || pg_catalog.substr(p.roles[1], 6)
    ) as mend
from policies as p
where
    p.policyname
    <> p.tablename
    || '_'
    || pg_catalog.lower(p.cmd)
    || '_'
    || pg_catalog.substr(p.roles[1], 6);
