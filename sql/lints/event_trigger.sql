-- There is no event trigger that sql/ does not know.
--
-- severity: look
-- about: schema
-- fault: create function public.e() returns event_trigger language plpgsql as $$ begin end $$
-- fault: create event trigger e on ddl_command_end execute function public.e()

select
    e.evtname::text as object,
    'an event trigger' as what,
    'Its function runs with the rights of whoever migrates.' as why,
    pg_catalog.format('drop event trigger %I', e.evtname) as mend
from pg_catalog.pg_event_trigger as e
where e.evtname !~ '^(pg|neon)_';
