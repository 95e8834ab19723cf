-- Indexes that nothing has read since the statistics began, and that enforce nothing.
-- Each costs every write. The statistics must have seen a whole month of work, and those of
-- every replica count as well.
--
-- section: Indexes

select
    s.schemaname || '.' || s.indexrelname as object,
    s.schemaname || '.' || s.relname as on_table,
    pg_size_pretty(pg_relation_size(s.indexrelid)) as size,
    pg_relation_size(s.indexrelid) as bytes,
    s.idx_scan as scans,
    t.n_tup_ins + t.n_tup_upd + t.n_tup_del as writes,
    round(extract(epoch from now() - coalesce(d.stats_reset, p.began)) / 86400, 1)
    as days_watched,
    case
        when now() - coalesce(d.stats_reset, p.began) < interval '7 days' then 'ok'
        when now() - coalesce(d.stats_reset, p.began) > interval '30 days'
        and pg_relation_size(s.indexrelid) > 10485760 then 'act'
        else 'look'
    end as verdict,
    case
        when now() - coalesce(d.stats_reset, p.began) < interval '7 days'
            then 'nothing has read it, in less than a week'
        else 'nothing has read it since the statistics began'
    end as says,
    format('drop index concurrently %I.%I;', s.schemaname, s.indexrelname) as mend
from pg_stat_user_indexes as s
inner join pg_index as i on i.indexrelid = s.indexrelid
inner join pg_stat_user_tables as t on t.relid = s.relid
inner join pg_stat_database as d on d.datname = current_database()
cross join (select pg_postmaster_start_time() as began) as p
where
    s.idx_scan = 0
    and not i.indisunique
    and not i.indisexclusion
    and i.indisvalid
    and not exists (
        select from pg_constraint as c where c.conindid = s.indexrelid
    )
order by bytes desc, object
