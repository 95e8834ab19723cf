-- Dead rows of each table against the threshold at which autovacuum begins, and when it
-- last came.
--
-- section: Vacuum

with options as (
    select
        c.oid,
        coalesce(o.threshold, current_setting('autovacuum_vacuum_threshold')::float8)
        + coalesce(o.scale, current_setting('autovacuum_vacuum_scale_factor')::float8)
        * greatest(c.reltuples, 0) as threshold,
        coalesce(o.enabled, true) as enabled
    from pg_class as c
    left join lateral (
        select
            max(option_value) filter (
                where option_name = 'autovacuum_vacuum_threshold'
            )::float8 as threshold,
            max(option_value) filter (
                where option_name = 'autovacuum_vacuum_scale_factor'
            )::float8 as scale,
            bool_and(option_value::boolean) filter (
                where option_name = 'autovacuum_enabled'
            ) as enabled
        from pg_options_to_table(c.reloptions)
    ) as o on true
    where c.relkind in ('r', 'm')
)

select
    s.schemaname || '.' || s.relname as object,
    s.n_live_tup as live_rows,
    s.n_dead_tup as dead_rows,
    round(100.0 * s.n_dead_tup / nullif(s.n_live_tup + s.n_dead_tup, 0), 1) as dead_percent,
    round(o.threshold)::bigint as threshold,
    greatest(s.last_vacuum, s.last_autovacuum) as last_vacuum,
    greatest(s.last_analyze, s.last_autoanalyze) as last_analyze,
    s.vacuum_count + s.autovacuum_count as vacuums,
    case
        when not o.enabled then 'act'
        when s.n_dead_tup > 5 * o.threshold and s.n_dead_tup > 10000 then 'act'
        when s.n_dead_tup > 2 * o.threshold then 'look'
        else 'ok'
    end as verdict,
    case
        when not o.enabled then 'autovacuum is turned off for it'
        when s.n_dead_tup > 2 * o.threshold
            then 'autovacuum does not come, or what it would remove is held back'
        else 'dead rows, and where autovacuum begins'
    end as says,
    case
        when not o.enabled
            then format('alter table %I.%I reset (autovacuum_enabled);', s.schemaname, s.relname)
        when s.n_dead_tup > 2 * o.threshold
            then format('vacuum (analyze, verbose) %I.%I;', s.schemaname, s.relname)
        else ''
    end as mend
from pg_stat_user_tables as s
inner join options as o on o.oid = s.relid
order by s.n_dead_tup desc, object
