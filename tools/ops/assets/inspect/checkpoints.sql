-- Checkpoints that came because the WAL was full, not because it was time.
--
-- section: WAL
-- from: 17

select
    'checkpoints' as object,
    b.num_timed as timed,
    b.num_requested as requested,
    round(100.0 * b.num_requested / nullif(b.num_timed + b.num_requested, 0), 1)
    as requested_percent,
    round((b.write_time / 1000)::numeric, 1) as write_seconds,
    round((b.sync_time / 1000)::numeric, 1) as sync_seconds,
    current_setting('max_wal_size') as max_wal_size,
    case
        when b.num_requested > 10 and b.num_requested > b.num_timed then 'look'
        else 'ok'
    end as verdict,
    'checkpoints that came before their time' as says,
    case
        when b.num_requested > 10 and b.num_requested > b.num_timed
            then 'alter system set max_wal_size = ''…''; -- twice what it is'
        else ''
    end as mend
from pg_stat_checkpointer as b
