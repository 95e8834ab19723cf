-- What the backend becomes cannot call functions that read files, other sessions'
-- memory or the log.
--
-- severity: stop
-- about: schema
-- fault: grant execute on function pg_catalog.pg_reload_conf() to todo_user

select
    p.oid::pg_catalog.regprocedure::text as object,
    'They give away what is not the caller''s.' as why,
    pg_catalog.format('%s may execute it', b.name) as what,
    pg_catalog.format(
        'revoke execute on function %s from public, %I',
        p.oid::pg_catalog.regprocedure,
        b.name
    ) as mend
from pg_catalog.pg_proc as p
cross join backend as b
where
    p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
    and p.proname in (
        'pg_read_file',
        'pg_read_binary_file',
        'pg_ls_dir',
        'pg_ls_logdir',
        'pg_ls_waldir',
        'pg_stat_file',
        'lo_import',
        'lo_export',
        'pg_reload_conf',
        'pg_rotate_logfile',
        'pg_log_backend_memory_contexts',
        'pg_stat_reset',
        'pg_stat_statements_reset',
        'pg_promote',
        'pg_create_restore_point',
        'pg_hba_file_rules',
        'pg_show_all_file_settings',
        'pg_get_backend_memory_contexts',
        'pg_get_process_memory_contexts'
    ) and pg_catalog.has_function_privilege(b.oid, p.oid, 'execute');
