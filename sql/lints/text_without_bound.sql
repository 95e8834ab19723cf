-- Every column of text has a CHECK on it, or is a closed set, or is derived from one
-- that has.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tags add column note text

select
    c.path as object,
    'nothing bounds it' as what,
    'One row could be a gigabyte, and whatever reads it takes as long.' as why,
    pg_catalog.format(
        'alter table %I.%I add check (octet_length(%I) <= 4000)',
        c.room,
        c.relation,
        c.name
    ) as mend
from columns as c
where
    c.room in ('app_data', 'app_auth') and c.kind in ('r', 'p') and c.attgenerated = ''
    and c.type in (
        'text'::pg_catalog.regtype,
        'bytea'::pg_catalog.regtype,
        'jsonb'::pg_catalog.regtype,
        'varchar'::pg_catalog.regtype
    )
    and not exists (
        select from constraints as k
        where k.conrelid = c.oid and k.type = 'c' and c.number = any(k.conkey)
    );
