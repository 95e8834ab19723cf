-- A login whose claims are believed has the limits of todo_app.
--
-- severity: stop
-- about: schema
-- fault: create role stray login noinherit
-- fault: grant todo_user to stray
-- fault: insert into app_private.trusted_jwt_logins (login, note) values ('stray', 'x')

select
    t.login::text as object,
    'Its requests would hold locks and connections without end.' as why,
    pg_catalog.format('%s is not set', v.setting) as what,
    pg_catalog.format('python -m tools.credentials.jwt_login %s', t.login) as mend
from app_private.trusted_jwt_logins as t
inner join pg_catalog.pg_roles as r on t.login = r.rolname
cross join (
    values ('statement_timeout=15s'), ('lock_timeout=5s'),
    ('idle_in_transaction_session_timeout=30s'),
    (case
        when pg_catalog.current_setting('server_version_num')::integer < 160000
            then 'max_parallel_workers_per_gather=0'
    end)
) as v (setting)
where
    v.setting is not null
    and not exists (
        select from pg_catalog.pg_db_role_setting as s
        where s.setrole = r.oid and s.setdatabase = 0 and v.setting = any(s.setconfig)
    );
