-- The tables whose pages may be looked at, and how a row's length is measured there.
--
-- A row without a value outside its table has the length of the row as a value. Where
-- values are kept outside (TOAST), the row holds 18 bytes for each of them.

select
    c.oid,
    c.oid::regclass::text as name,
    pg_relation_size(c.oid) as bytes,
    coalesce(f.fillfactor, 100) as fillfactor,
    case
        when c.reltoastrelid = 0 or pg_relation_size(c.reltoastrelid) = 0
            then 'pg_column_size(t.*)'
        else '24 + ' || (
            select string_agg(
                format(
                    'coalesce(case when pg_column_size(t.%1$I) > 2000 then 18 '
                    || 'else pg_column_size(t.%1$I) end, 0)', a.attname
                ), ' + '
            )
            from pg_attribute as a
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        )
    end as width,
    coalesce(s.n_dead_tup, 0) as dead_rows
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
left join pg_stat_all_tables as s on s.relid = c.oid
left join lateral (
    select option_value::integer as fillfactor
    from pg_options_to_table(c.reloptions)
    where option_name = 'fillfactor'
) as f on true
where
    c.relkind in ('r', 'm', 't')
    and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema')
    and (c.relkind <> 't' or exists (
        select from pg_class as o
        inner join pg_namespace as m on m.oid = o.relnamespace
        where
            o.reltoastrelid = c.oid
            and m.nspname not in ('pg_catalog', 'information_schema')
    ))
    and pg_relation_size(c.oid) >= 16 * 8192
order by pg_relation_size(c.oid) desc
limit 100;
