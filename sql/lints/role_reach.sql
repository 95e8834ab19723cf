-- todo_app becomes todo_user and todo_auth and nobody else, over any number of steps.
--
-- severity: stop
-- about: schema
-- fault: grant todo_owner to todo_user

select
    b.name::text as object,
    'todo_app can become it' as what,
    'It can do what that role can.' as why,
    pg_catalog.format(
        'revoke %I from %s', b.name, (
            select pg_catalog.string_agg(m.member::pg_catalog.regrole::text, ', ')
            from pg_catalog.pg_auth_members as m
            where m.roleid = b.oid and m.member in (select oid from backend)
        )
    ) as mend
from backend as b
where b.name not in ('todo_app', 'todo_user', 'todo_auth')
union all
select
    m.member::pg_catalog.regrole::text as object,
    pg_catalog.format('it can become %s', m.roleid::pg_catalog.regrole) as what,
    'Who stands for one person would be more.' as why,
    pg_catalog.format(
        'revoke %s from %s',
        m.roleid::pg_catalog.regrole,
        m.member::pg_catalog.regrole
    ) as mend
from pg_catalog.pg_auth_members as m
inner join backend as b on m.member = b.oid
where b.name in ('todo_user', 'todo_auth');
