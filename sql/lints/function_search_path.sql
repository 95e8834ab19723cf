-- Every function fixes its search_path, or has bound its names when it was made.
--
-- severity: stop
-- about: schema
-- fault: alter function app.current_user_id() reset search_path

select
    f.path as object,
    'search_path is whatever its caller sets' as what,
    'A caller puts an object of the same name in front.' as why,
    pg_catalog.format(
        'alter function %s set search_path = pg_catalog, pg_temp', f.path
    ) as mend
from functions as f
where
    not coalesce('search_path=pg_catalog, pg_temp' = any(f.proconfig), false)
    and (f.prosqlbody is null or f.prosecdef);
