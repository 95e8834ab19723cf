-- Row-level security is enabled and forced on every table of app and app_auth, children
-- of partitioned tables included.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tags no force row level security

select
    r.path as object,
    'row-level security is not enabled and forced' as what,
    'Without it every role that is granted the table sees all rows; without FORCE the owner''s functions do.' -- noqa: LT05
        as why,
    pg_catalog.format(
        'alter table %s enable row level security, force row level security', r.path
    ) as mend
from relations as r
where
    r.room in ('app_data', 'app_auth') and r.kind in ('r', 'p')
    and not (r.relrowsecurity and r.relforcerowsecurity);
