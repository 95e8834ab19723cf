-- todo_app has the settings of sql/roles.sql, on every database, and no others.
--
-- severity: stop
-- about: schema
-- fault: alter role todo_app set row_security = off

select
    'The login itself can set them: after SET ROLE NONE, SQL that was injected leaves a setting for every later session.' -- noqa: LT05
        as why,
    coalesce(d.datname, 'every database') as object,
    pg_catalog.format('%s', s.setting) as what,
    pg_catalog.format(
        'alter role todo_app in database %I reset %I',
        coalesce(d.datname, pg_catalog.current_database()),
        pg_catalog.split_part(s.setting, '=', 1)
    ) as mend
from pg_catalog.pg_db_role_setting as r
left join pg_catalog.pg_database as d on r.setdatabase = d.oid
cross join lateral pg_catalog.unnest(r.setconfig) as s (setting)
where
    r.setrole in (select oid from backend)
    and (
        r.setdatabase <> 0
        or s.setting not in (
            'statement_timeout=15s',
            'lock_timeout=5s',
            'idle_in_transaction_session_timeout=30s'
        )
    );
