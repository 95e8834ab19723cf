-- todo_app has its limits: how long a statement, a wait for a lock and an idle
-- transaction may last.
--
-- severity: stop
-- about: schema
-- fault: alter role todo_app reset lock_timeout

select
    v.setting as object,
    'the limit is not set' as what,
    'A lost client holds locks, a bad query a connection.' as why,
    pg_catalog.format(
        'alter role todo_app set %s = %L',
        pg_catalog.split_part(v.setting, '=', 1),
        pg_catalog.split_part(v.setting, '=', 2)
    ) as mend
from (
    values ('statement_timeout=15s'), ('lock_timeout=5s'),
    ('idle_in_transaction_session_timeout=30s')
) as v (setting)
where not exists (
    select from pg_catalog.pg_db_role_setting as r
    where
        r.setdatabase = 0 and v.setting = any(r.setconfig)
        and r.setrole = (
            select oid from backend
            where name = 'todo_app'
        )
);
