-- Whether a slot lost WAL that its reader needs.
--
-- type: gauge

select slot_name as slot, (wal_status in ('lost', 'unreserved'))::integer as value
from pg_replication_slots
