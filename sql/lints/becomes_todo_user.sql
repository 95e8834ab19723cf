-- Only todo_app and logins whose claims are believed become todo_user.
--
-- severity: stop
-- about: schema
-- fault: create role stray login noinherit
-- fault: grant todo_user to stray

select
    m.member::pg_catalog.regrole::text as object,
    'it may become todo_user, and is not listed' as what,
    'A login that nobody wrote down.' as why,
    pg_catalog.format('revoke todo_user from %s', m.member::pg_catalog.regrole) as mend
from pg_catalog.pg_auth_members as m
inner join pg_catalog.pg_roles as r on m.member = r.oid
where
    m.roleid = (
        select oid from pg_catalog.pg_roles
        where rolname = 'todo_user'
    )
    and r.rolname <> 'todo_app' and not m.admin_option
    and not exists (
        select from app_private.trusted_jwt_logins as t
        where t.login = r.rolname
    );
