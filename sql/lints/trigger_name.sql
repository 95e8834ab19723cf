-- A trigger is called <table>_<NNN>_<task>, so that its place in the order shows.
--
-- severity: note
-- about: schema
-- fault: alter trigger tags_900_bump_version on app_data.tags rename to bump

select
    'the name does not say table, place and task' as what,
    'Triggers fire in the order of their names.' as why,
    pg_catalog.format('%s: trigger %I', r.path, t.tgname) as object,
    pg_catalog.format(
        'alter trigger %I on %s rename to %I',
        t.tgname,
        r.path,
        r.name || '_500_' || t.tgname
    ) as mend
from relations as r
inner join pg_catalog.pg_trigger as t on r.oid = t.tgrelid
where not t.tgisinternal and t.tgname !~ ('^' || r.name || '_[0-9]{3}_[a-z_]+$');
