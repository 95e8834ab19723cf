-- Checkpoints that came before it was time.
--
-- type: counter
-- until: 16

select checkpoints_req as value from pg_stat_bgwriter
