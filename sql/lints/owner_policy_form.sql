-- A policy for the registrar, for integrity or for the searcher is plainly true, or compares columns: its
-- role is reached through functions alone.
--
-- severity: stop
-- about: schema
-- fault: alter policy users_select_registrar on app_data.users using (length(email) > 3)

select
    'A condition with a function in it can raise or take time, and what these roles do is decided by their functions.' -- noqa: LT05
        as why,
    pg_catalog.format('%s: policy %I', p.path, p.policyname) as object,
    pg_catalog.format('%s', coalesce(p.qual, p.with_check)) as what,
    pg_catalog.format('alter policy %I on %s using (true)', p.policyname, p.path)
        as mend
from policies as p
where
    p.roles && '{todo_registrar,todo_integrity,todo_searcher}'::name[]
    and (
        coalesce(p.qual, 'true') !~ '^(true|\([a-z_]+ = [a-z_]+\))$'
        or coalesce(p.with_check, 'true') !~ '^(true|\([a-z_]+ = [a-z_]+\))$'
    );
