-- What a transaction rests on is stated anew, whatever the session has set.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.answers() returns text language sql
return concat_ws(
    ' ', date '2030-02-01', timestamptz '2030-02-01 12:00:00+02', interval '1 day -1 s',
    0.1::float8, '\x00'::bytea, current_setting('row_security'),
    current_setting('enable_indexscan'), current_setting('plan_cache_mode'),
    current_setting('timezone_abbreviations'), current_setting('client_encoding')
);

set local datestyle = german;
set local timezone = 'Asia/Tokyo';
set local intervalstyle = sql_standard;
set local extra_float_digits = -15;
set local bytea_output = escape;
set local row_security = off;
set local enable_indexscan = off;
set local plan_cache_mode = force_generic_plan;
set local timezone_abbreviations = 'India';
set local client_encoding = latin1;
set local role todo_user;
select app.pin_settings();
set local role none;
select is(
    pg_temp.answers(),
    '2030-02-01 2030-02-01 10:00:00+00 1 day -00:00:01 0.1 \x00'
    ' on on auto Default UTF8',
    'every form is the same again'
);

-- Every setting that changes rows, forms or errors; the rest is named with a reason.
select is_empty(
    $$
    select s.name from pg_settings as s
    where s.context = 'user'
    and position(format('''%s''', s.name) in (
        select p.prosrc from pg_proc as p where p.oid = 'app.pin_settings()'::regprocedure
    )) = 0
    and s.name not in (
        -- stated by the runtime, in the same round trip
        'search_path', 'statement_timeout', 'lock_timeout',
        'transaction_isolation', 'transaction_read_only', 'transaction_deferrable',
        'default_transaction_isolation', 'default_transaction_read_only',
        'default_transaction_deferrable',
        -- between transactions
        'idle_session_timeout',
        -- seen by the operator alone
        'application_name', 'trace_notify', 'trace_sort', 'debug_pretty_print',
        'stats_fetch_consistency', 'wal_sender_timeout',
        -- for whoever makes objects or roles, which the app's roles may not
        'createrole_self_grant', 'default_statistics_target',
        'default_table_access_method', 'default_tablespace', 'default_toast_compression',
        'gin_pending_list_limit', 'icu_validation_level', 'local_preload_libraries',
        'maintenance_work_mem', 'max_parallel_maintenance_workers', 'file_copy_method',
        'maintenance_io_concurrency', 'password_encryption', 'scram_iterations',
        'md5_password_warnings', 'temp_buffers', 'temp_tablespaces',
        'logical_decoding_work_mem', 'debug_logical_replication_streaming',
        'wal_skip_threshold',
        -- tuned by the administrator: time, memory and durability
        'backend_flush_after', 'commit_siblings', 'cursor_tuple_fraction',
        'effective_cache_size', 'effective_io_concurrency', 'hash_mem_multiplier',
        'io_combine_limit', 'max_parallel_workers', 'max_parallel_workers_per_gather',
        'min_parallel_index_scan_size', 'min_parallel_table_scan_size',
        'parallel_leader_participation', 'recursive_worktable_factor',
        'synchronize_seqscans', 'synchronous_commit', 'work_mem',
        'enable_partitionwise_aggregate', 'enable_partitionwise_join',
        'enable_presorted_aggregate', 'enable_group_by_reordering',
        'enable_distinct_reordering', 'enable_self_join_elimination'
    )
    and not s.name like any (
        array['%\_cost', 'geqo\_%', 'jit%', 'vacuum\_%', 'tcp\_%', 'plpgsql.%']
    )
    $$,
    'and every other setting is left alone for a reason'
);
select function_privs_are(
    'app', 'pin_settings', '{}'::text[], 'todo_user', array['EXECUTE']
);
select function_privs_are(
    'app', 'pin_settings', '{}'::text[], 'todo_auth', '{}'::text[]
);
select function_privs_are(
    'app', 'pin_settings', '{}'::text[], 'todo_app', '{}'::text[]
);

select * from finish();
rollback;
