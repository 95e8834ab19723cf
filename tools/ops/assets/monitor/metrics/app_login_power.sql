-- Whether the app's login has become powerful: superuser, BYPASSRLS or a role too many.
--
-- type: gauge

select (
    r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication or r.rolinherit
    or exists (
        select from pg_roles as o
        where
            o.oid <> r.oid and o.rolname not in ('todo_user', 'todo_auth')
            and pg_has_role(r.oid, o.oid, 'member')
    )
)::integer as value
from pg_roles as r
where r.rolname = 'todo_app'
