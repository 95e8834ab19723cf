-- Statements that were called most often.
--
-- section: Queries
-- needs: pg_stat_statements

with totals as (
    select sum(total_exec_time) as total from pg_stat_statements
)

select
    s.queryid::text as object,
    r.rolname as role,
    s.calls,
    round(s.total_exec_time::numeric / 1000, 1) as seconds,
    round((100 * s.total_exec_time / nullif(t.total, 0))::numeric, 1) as percent,
    round(s.mean_exec_time::numeric, 2) as mean_ms,
    round(s.max_exec_time::numeric, 1) as max_ms,
    s.rows,
    round(100.0 * s.shared_blks_hit / nullif(s.shared_blks_hit + s.shared_blks_read, 0), 1)
    as cached_percent,
    round(s.temp_blks_written * 8192 / 1048576.0) as temp_mb,
    left(regexp_replace(s.query, '\s+', ' ', 'g'), 200) as query,
    'ok' as verdict,
    'how often it was called' as says,
    'explain (analyze, buffers) …; make explain for those of the mix' as mend
from pg_stat_statements as s
cross join totals as t
left join pg_roles as r on r.oid = s.userid
where
    s.dbid = (select oid from pg_database where datname = current_database())
order by s.calls desc
limit 20
