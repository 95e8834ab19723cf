-- Tables that changed much since the planner's statistics were gathered, or were never
-- analysed.
--
-- section: Vacuum

select
    s.schemaname || '.' || s.relname as object,
    s.n_live_tup as live_rows,
    s.n_mod_since_analyze as changed,
    greatest(s.last_analyze, s.last_autoanalyze) as last_analyze,
    case
        when s.n_mod_since_analyze > 0.5 * s.n_live_tup then 'act' else 'look'
    end as verdict,
    'it changed since the planner''s statistics were gathered' as says,
    format('analyze %I.%I;', s.schemaname, s.relname) as mend
from pg_stat_user_tables as s
where s.n_mod_since_analyze > 1000 and s.n_mod_since_analyze > 0.2 * s.n_live_tup
order by changed desc, object
