-- Checkpoints that came because the WAL was full, not because it was time.
--
-- section: WAL
-- until: 16

select
    'checkpoints' as object,
    b.checkpoints_timed as timed,
    b.checkpoints_req as requested,
    round(100.0 * b.checkpoints_req / nullif(b.checkpoints_timed + b.checkpoints_req, 0), 1)
    as requested_percent,
    round((b.checkpoint_write_time / 1000)::numeric, 1) as write_seconds,
    round((b.checkpoint_sync_time / 1000)::numeric, 1) as sync_seconds,
    current_setting('max_wal_size') as max_wal_size,
    case
        when b.checkpoints_req > 10 and b.checkpoints_req > b.checkpoints_timed then 'look'
        else 'ok'
    end as verdict,
    'checkpoints that came before their time' as says,
    case
        when b.checkpoints_req > 10 and b.checkpoints_req > b.checkpoints_timed
            then 'alter system set max_wal_size = ''…''; -- twice what it is'
        else ''
    end as mend
from pg_stat_bgwriter as b
