-- Whether statements are counted: without that, nobody can say which one is slow.
--
-- section: Settings

select
    'pg_stat_statements' as object,
    (select extversion from pg_extension where extname = 'pg_stat_statements') as version,
    case
        when exists (select from pg_extension where extname = 'pg_stat_statements')
            then 'ok'
        else 'look'
    end as verdict,
    case
        when exists (select from pg_extension where extname = 'pg_stat_statements')
            then 'statements are counted'
        else 'nobody can say which statement is slow'
    end as says,
    case
        when exists (select from pg_extension where extname = 'pg_stat_statements')
            then ''
        else 'alter system set shared_preload_libraries = ''pg_stat_statements'';'
            || ' -- restart, then: create extension pg_stat_statements;'
    end as mend
