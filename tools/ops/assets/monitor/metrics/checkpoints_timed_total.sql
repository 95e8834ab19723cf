-- Checkpoints that came because it was time.
--
-- type: counter
-- from: 17

select num_timed as value from pg_stat_checkpointer
