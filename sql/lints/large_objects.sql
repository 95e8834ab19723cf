-- There are no large objects: PUBLIC may make them, and they hold nothing of ours.
--
-- severity: note
-- about: server
-- fault: select pg_catalog.lo_create(0)

select
    l.oid::text as object,
    'They fill the disk, and nobody reads them.' as why,
    pg_catalog.format('it belongs to %s', l.lomowner::pg_catalog.regrole) as what,
    pg_catalog.format('select pg_catalog.lo_unlink(%s)', l.oid) as mend
from pg_catalog.pg_largeobject_metadata as l;
