-- States every setting that the answers of a transaction rest on, for it alone.
--
-- The runtime calls it at the beginning of each transaction, after it has thrown away
-- what the session held. RESET ALL falls back to what the login has set for itself by
-- `alter role todo_app set …`, which any SQL that runs as the login may do; so nothing
-- that changes an answer, an error or a plan's shape is left to that.
--
-- Not here: role, token, limits and search_path, which the runtime states in the same
-- breath (this function's own search_path would hide the last one); what the server's
-- administrator tunes, such as memory and synchronous_commit, and costs as long as they
-- are sane; what app roles may not set at all.
--
-- A function, because one cached expression takes 0.09 ms where the same calls in the
-- text of the statement took 0.30 ms to parse and plan each time.

create function app.pin_settings()
returns void
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    perform
        -- who may see what
        set_config('row_security', 'on', true),
        -- how text is read
        set_config('client_encoding', 'UTF8', true),
        set_config('standard_conforming_strings', 'on', true),
        set_config('backslash_quote', 'safe_encoding', true),
        set_config('escape_string_warning', 'on', true),
        set_config('array_nulls', 'on', true),
        set_config('transform_null_equals', 'off', true),
        set_config('quote_all_identifiers', 'off', true),
        set_config('default_text_search_config', 'pg_catalog.simple', true),
        -- how values are written
        set_config('TimeZone', 'UTC', true),
        set_config('DateStyle', 'ISO, MDY', true),
        set_config('IntervalStyle', 'postgres', true),
        set_config('bytea_output', 'hex', true),
        set_config('extra_float_digits', '1', true),
        set_config('xmlbinary', 'base64', true),
        set_config('xmloption', 'content', true),
        set_config('lc_monetary', 'C', true),
        set_config('lc_numeric', 'C', true),
        set_config('lc_time', 'C', true),
        -- what is said besides, to the client and in the server's log
        set_config('client_min_messages', 'notice', true),
        set_config('log_parameter_max_length_on_error', '0', true),
        set_config('debug_print_parse', 'off', true),
        set_config('debug_print_rewritten', 'off', true),
        set_config('debug_print_plan', 'off', true),
        set_config('exit_on_error', 'off', true),
        -- what is checked when a function is made, and how long a client may be away
        set_config('check_function_bodies', 'on', true),
        set_config('idle_in_transaction_session_timeout', '30s', true),
        set_config('client_connection_check_interval', '0', true),
        -- which plan
        set_config('plan_cache_mode', 'auto', true),
        set_config('gin_fuzzy_search_limit', '0', true),
        set_config('constraint_exclusion', 'partition', true),
        set_config('from_collapse_limit', '8', true),
        set_config('join_collapse_limit', '8', true),
        set_config('geqo', 'on', true),
        set_config('geqo_threshold', '12', true),
        set_config('enable_async_append', 'on', true),
        set_config('enable_bitmapscan', 'on', true),
        set_config('enable_gathermerge', 'on', true),
        set_config('enable_hashagg', 'on', true),
        set_config('enable_hashjoin', 'on', true),
        set_config('enable_incremental_sort', 'on', true),
        set_config('enable_indexonlyscan', 'on', true),
        set_config('enable_indexscan', 'on', true),
        set_config('enable_material', 'on', true),
        set_config('enable_memoize', 'on', true),
        set_config('enable_mergejoin', 'on', true),
        set_config('enable_nestloop', 'on', true),
        set_config('enable_parallel_append', 'on', true),
        set_config('enable_parallel_hash', 'on', true),
        set_config('enable_partition_pruning', 'on', true),
        set_config('enable_seqscan', 'on', true),
        set_config('enable_sort', 'on', true),
        set_config('enable_tidscan', 'on', true);
    -- Its value is a file that is read anew each time it is set.
    if current_setting('timezone_abbreviations') <> 'Default' then
        perform set_config('timezone_abbreviations', 'Default', true);
    end if;
    -- With costs that add up to infinity the planner fails: XX000, invalid attnum.
    if greatest(
        current_setting('seq_page_cost')::float8,
        current_setting('random_page_cost')::float8,
        current_setting('cpu_tuple_cost')::float8,
        current_setting('cpu_index_tuple_cost')::float8,
        current_setting('cpu_operator_cost')::float8,
        current_setting('parallel_setup_cost')::float8,
        current_setting('parallel_tuple_cost')::float8
    ) > 1000000 then
        perform
            set_config('seq_page_cost', '1', true),
            set_config('random_page_cost', '4', true),
            set_config('cpu_tuple_cost', '0.01', true),
            set_config('cpu_index_tuple_cost', '0.005', true),
            set_config('cpu_operator_cost', '0.0025', true),
            set_config('parallel_setup_cost', '1000', true),
            set_config('parallel_tuple_cost', '0.1', true);
    end if;
    -- Settings that not every server has.
    if current_setting('restrict_nonsystem_relation_kind', true) <> '' then
        perform set_config('restrict_nonsystem_relation_kind', '', true);
    end if;
    if current_setting('force_parallel_mode', true) <> 'off' then -- until 15
        perform set_config('force_parallel_mode', 'off', true);
    end if;
    if current_setting('debug_parallel_query', true) <> 'off' then -- since 16
        perform set_config('debug_parallel_query', 'off', true);
    end if;
    if current_setting('transaction_timeout', true) <> '0' then -- since 17
        perform set_config('transaction_timeout', '0', true);
    end if;
end
$$;

comment on function app.pin_settings() is
'@omit execute
States the settings that the rest of the transaction rests on, whatever the session or the login''s own defaults were.';
grant execute on function app.pin_settings() to todo_user;
