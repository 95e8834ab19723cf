-- Settings that a server of this project should have, each with the reason. A host such as
-- Neon decides some of them.
--
-- section: Settings

with wanted (name, good, severity, reason, mend) as (
    values
    ('fsync', array['on'], 'act', 'a power cut destroys the data', 'on'),
    ('full_page_writes', array['on'], 'act', 'a power cut can tear a page', 'on'),
    ('data_checksums', array['on'], 'look', 'a damaged page is not noticed', ''),
    ('autovacuum', array['on'], 'act', 'tables only grow, and writes end', 'on'),
    ('track_counts', array['on'], 'act', 'autovacuum does not know where to go', 'on'),
    ('track_io_timing', array['on'], 'look', 'slow disks stay unseen', 'on'),
    ('log_lock_waits', array['on'], 'look', 'who waited for whom is not in the log', 'on'),
    ('log_checkpoints', array['on'], 'look', 'checkpoints are not in the log', 'on'),
    ('password_encryption', array['scram-sha-256'], 'act', 'passwords can be guessed from their hashes', 'scram-sha-256'),
    ('wal_level', array['replica', 'logical'], 'act', 'no archive and no standby are possible', 'replica'),
    ('ssl', array['on'], 'look', 'what is sent can be read on the way', 'on'),
    ('zero_damaged_pages', array['off'], 'act', 'damaged rows vanish without a word', 'off'),
    ('ignore_checksum_failure', array['off'], 'act', 'damaged pages are taken as they are', 'off'),
    ('ignore_system_indexes', array['off'], 'act', 'it is meant for the repair of a catalogue', 'off')
),

measured (name, good, severity, says, mend) as (
    select
        s.name,
        case s.name
            when 'log_min_duration_statement' then s.setting::bigint between 0 and 5000
            when 'idle_in_transaction_session_timeout' then s.setting::bigint > 0
            when 'checkpoint_completion_target' then s.setting::float8 >= 0.8
            when 'random_page_cost' then s.setting::float8 <= 2
            when 'max_connections' then s.setting::bigint <= 500
            when 'shared_buffers' then s.setting::bigint >= 16384
            when 'max_slot_wal_keep_size' then s.setting::bigint >= 0
            when 'log_autovacuum_min_duration' then s.setting::bigint >= 0
            when 'checkpoint_timeout' then s.setting::bigint >= 300
            when 'max_wal_size' then s.setting::bigint >= 1024
            when 'autovacuum_vacuum_cost_limit'
                then s.setting::bigint = -1 or s.setting::bigint >= 200
        end,
        'look',
        case s.name
            when 'log_min_duration_statement' then 'slow statements are not in the log'
            when 'idle_in_transaction_session_timeout'
                then 'a client that went away holds its locks for ever'
            when 'checkpoint_completion_target' then 'checkpoints write in bursts'
            when 'random_page_cost' then 'the planner thinks that disks turn'
            when 'max_connections' then 'each costs memory: a pooler is cheaper'
            when 'shared_buffers' then 'the cache is smaller than 128 MB'
            when 'max_slot_wal_keep_size' then 'a slot that nobody reads fills the disk'
            when 'log_autovacuum_min_duration' then 'what autovacuum does is not in the log'
            when 'checkpoint_timeout' then 'checkpoints come too often'
            when 'max_wal_size' then 'checkpoints come before their time'
            when 'autovacuum_vacuum_cost_limit' then 'autovacuum is slower than by default'
        end,
        case s.name
            when 'log_min_duration_statement' then '''500ms'''
            when 'idle_in_transaction_session_timeout' then '''60s'''
            when 'checkpoint_completion_target' then '0.9'
            when 'random_page_cost' then '1.1'
            when 'max_connections' then '100'
            when 'shared_buffers' then '''25 % of the memory'''
            when 'max_slot_wal_keep_size' then '''10GB'''
            when 'log_autovacuum_min_duration' then '''1s'''
            when 'checkpoint_timeout' then '''15min'''
            when 'max_wal_size' then '''4GB'''
            when 'autovacuum_vacuum_cost_limit' then '2000'
        end
    from pg_settings as s
)

select
    s.name as object,
    current_setting(s.name, true) as value,
    s.source,
    case when s.setting = any (w.good) then 'ok' else w.severity end as verdict,
    case when s.setting = any (w.good) then 'as it should be' else w.reason end as says,
    case
        when s.setting = any (w.good) then ''
        when s.name = 'data_checksums' then 'pg_checksums --enable -- while it is stopped'
        else format('alter system set %s = %L;', s.name, w.mend)
    end as mend
from wanted as w
inner join pg_settings as s on s.name = w.name
union all
select
    s.name, current_setting(s.name, true), s.source,
    case when m.good then 'ok' else m.severity end,
    case when m.good then 'as it should be' else m.says end,
    case when m.good then '' else format('alter system set %s = %s;', s.name, m.mend) end
from measured as m
inner join pg_settings as s on s.name = m.name
where m.good is not null
union all
select
    s.name, current_setting(s.name, true), s.source, 'look',
    'it was changed, and waits for a restart', 'restart the server'
from pg_settings as s
where s.pending_restart
order by verdict, object
