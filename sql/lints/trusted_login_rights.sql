-- A login whose claims are believed is there, inherits nothing, has no power, and
-- becomes todo_user and nobody else.
--
-- severity: stop
-- about: schema
-- fault: create role stray login inherit
-- fault: insert into app_private.trusted_jwt_logins (login, note) values ('stray', 'x')

select
    t.login::text as object,
    'Whoever logs in as it is believed without a signature.' as why,
    case
        when r.oid is null then 'there is no such role' else
            'it is more than a login that becomes todo_user'
    end as what,
    pg_catalog.format('python -m tools.credentials.jwt_login %s', t.login) as mend
from app_private.trusted_jwt_logins as t
left join pg_catalog.pg_roles as r on t.login = r.rolname
where
    r.oid is null
    or r.rolinherit
    or r.rolsuper
    or r.rolbypassrls
    or r.rolcreaterole
    or r.rolcreatedb
    or r.rolreplication
    or (
        select -- noqa: LT09
            coalesce(pg_catalog.string_agg(m.roleid::pg_catalog.regrole::text, ','), '')
        from pg_catalog.pg_auth_members as m
        where m.member = r.oid
    ) <> 'todo_user';
