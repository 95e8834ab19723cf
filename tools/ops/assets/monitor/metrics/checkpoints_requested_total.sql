-- Checkpoints that came before it was time.
--
-- type: counter
-- from: 17

select num_requested as value from pg_stat_checkpointer
