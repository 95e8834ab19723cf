-- No function builds SQL text at run time.
--
-- severity: look
-- about: schema
-- fault: create function app.f(p_name text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$ begin execute p_name; end $$

select
    f.path as object,
    'it has EXECUTE in it' as what,
    'Text of a caller can become a statement of its owner.' as why,
    pg_catalog.format('drop function %s', f.path) as mend
from functions as f
where f.language = 'plpgsql' and f.prosrc ~* '\mexecute\M';
