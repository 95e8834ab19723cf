-- A CHECK with a function or a pattern on text looks at the length or at the beginning
-- first.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tags add constraint tags_x check (name ~ 'x') not valid

select
    k.definition as what,
    'Ten megabytes of the worst text take a pattern 50 to 200 ms, and normalize minutes, past statement_timeout.' -- noqa: LT05
        as why,
    pg_catalog.format('%s: %I', k.path, k.name) as object,
    pg_catalog.format('alter table %s drop constraint %I', k.path, k.name) as mend
from constraints as k
where
    k.type = 'c' and k.room in ('app_data', 'app_auth')
    and exists (
        select from columns as c
        where
            c.oid = k.conrelid and c.number = any(k.conkey)
            and c.type in (
                'text'::pg_catalog.regtype,
                'bytea'::pg_catalog.regtype,
                'jsonb'::pg_catalog.regtype
            )
    )
    and k.definition ~ '~|[a-z_]+\(|"left"'
    and k.definition !~ 'octet_length|"left"|app\.is_time_zone\([a-z_]+\)\)$|ANY';
