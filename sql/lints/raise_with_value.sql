-- A message of a function with the rights of its owner carries no value.
--
-- severity: look
-- about: schema
-- fault: create function app.f() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$ begin raise exception 'no %', 1; end $$

select
    f.path as object,
    'a message has a % in it' as what,
    'DETAIL and messages go past policies.' as why,
    pg_catalog.format('drop function %s', f.path) as mend
from functions as f
where f.prosecdef and f.prosrc ~ 'raise exception ''[^'']*%';
