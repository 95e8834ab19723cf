-- Of ids, numbers, dates and times the planner keeps two values at most: target 0 or 1. A
-- smallint is a closed set here. More it keeps of user_id where a person has lists of
-- rows, to say how many there are to expect.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tasks alter column id set statistics 100
-- fault: alter table app_data.spaces alter column user_id set statistics 100

select
    c.path as object,
    'its statistics target is neither 0 nor 1' as what,
    'EXPLAIN shows the bounds of its histogram: a hundred ids or dates of others.'
        as why,
    pg_catalog.format(
        'alter table %I.%I alter column %I set statistics 1', c.room, c.relation, c.name
    ) as mend
from columns as c
where
    c.room = 'app_data' and c.kind in ('r', 'p', 'm')
    and c.type in (
        'uuid'::pg_catalog.regtype,
        'integer'::pg_catalog.regtype,
        'bigint'::pg_catalog.regtype,
        'numeric'::pg_catalog.regtype,
        'date'::pg_catalog.regtype,
        'time'::pg_catalog.regtype,
        'timestamp'::pg_catalog.regtype,
        'timestamptz'::pg_catalog.regtype
    )
    and coalesce(c.target, -1) not in (0, 1)
    -- Where a person has many rows, and lists of them are read.
    and not (
        c.name = 'user_id'
        and c.relation <> 'commands'
        and not exists (
            select from constraints as k
            where k.conrelid = c.oid and k.type = 'p' and k.conkey = array[c.number]
        )
    );
