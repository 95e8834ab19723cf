-- Checkpoints that came because it was time.
--
-- type: counter
-- until: 16

select checkpoints_timed as value from pg_stat_bgwriter
