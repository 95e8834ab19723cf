-- The planner keeps no statistics of what people wrote: target 0 on every column of
-- text, bytea and jsonb that is no closed set.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tasks alter column title set statistics 100

select
    c.path as object,
    'its statistics target is not 0' as what,
    'EXPLAIN shows estimates from the most common values: whole titles of others were read from them.' -- noqa: LT05
        as why,
    pg_catalog.format(
        'alter table %I.%I alter column %I set statistics 0', c.room, c.relation, c.name
    ) as mend
from columns as c
where
    c.room in ('app_data', 'app_auth') and c.kind in ('r', 'p', 'm')
    and c.type in (
        'text'::pg_catalog.regtype,
        'bytea'::pg_catalog.regtype,
        'jsonb'::pg_catalog.regtype,
        'varchar'::pg_catalog.regtype,
        'json'::pg_catalog.regtype
    )
    and coalesce(c.target, -1) <> 0
    and not exists (
        select from constraints as k
        where
            k.conrelid = c.oid and k.type = 'c' and k.conkey = array[c.number]
            and k.definition ~ '^CHECK \(\([a-z_]+ = ANY \(ARRAY\[' -- a closed set
    );
