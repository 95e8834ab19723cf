-- Whether somebody reads from a slot.
--
-- type: gauge

select slot_name as slot, active::integer as value from pg_replication_slots
