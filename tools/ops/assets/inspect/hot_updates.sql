-- Updates that had to touch every index, because no room was on the row's own page or an
-- indexed column changed.
--
-- section: Vacuum

select
    s.schemaname || '.' || s.relname as object,
    s.n_tup_upd as updates,
    round(100.0 * s.n_tup_hot_upd / nullif(s.n_tup_upd, 0), 1) as hot_percent,
    coalesce(
        (
            select option_value::integer from pg_options_to_table(c.reloptions)
            where option_name = 'fillfactor'
        ), 100
    ) as fillfactor,
    case
        when s.n_tup_upd > 100000 and s.n_tup_hot_upd < 0.3 * s.n_tup_upd then 'look'
        else 'ok'
    end as verdict,
    'updates that touched no index' as says,
    case
        when s.n_tup_upd > 100000 and s.n_tup_hot_upd < 0.3 * s.n_tup_upd
            then format('alter table %I.%I set (fillfactor = 85);', s.schemaname, s.relname)
        else ''
    end as mend
from pg_stat_user_tables as s
inner join pg_class as c on c.oid = s.relid
where s.n_tup_upd > 0
order by updates desc, object
