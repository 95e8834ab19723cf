-- A SECURITY DEFINER function is the identity or the search, or belongs to app_auth, app_private or
-- app_integrity, or is one of the registrar.
--
-- severity: look
-- about: schema
-- fault: alter function app.delete_task(uuid) security definer

select
    f.path as object,
    'SECURITY DEFINER in app' as what,
    'It goes past the policies of its caller: sql/ has to say why, and this list to know it.' -- noqa: LT05
        as why,
    pg_catalog.format('alter function %s security invoker', f.path) as mend
from functions as f
where
    f.prosecdef and f.room = 'app'
    and f.path <> 'app.current_user_id()' and f.name <> 'search_tasks'
    and f.owner <> (
        select oid from owners
        where name = 'todo_registrar'
    );
