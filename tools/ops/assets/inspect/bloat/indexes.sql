-- The B-trees of one table, and how an entry's length is measured there.

select
    i.indexrelid as oid,
    i.indexrelid::regclass::text as name,
    pg_relation_size(i.indexrelid) as bytes,
    coalesce(f.fillfactor, 90) as fillfactor,
    c.reltuples as entries,
    i.indisunique as is_unique,
    (
        select string_agg(
            format('coalesce(pg_column_size(%%s), 0)', pg_get_indexdef(i.indexrelid, k, true)),
            ' + '
        )
        from generate_series(1, i.indnatts) as k
    ) as width
from pg_index as i
inner join pg_class as c on c.oid = i.indexrelid
left join lateral (
    select option_value::integer as fillfactor
    from pg_options_to_table(c.reloptions)
    where option_name = 'fillfactor'
) as f on true
where
    i.indrelid = %(table)s
    and i.indisvalid
    and c.relam = (select oid from pg_am where amname = 'btree')
    and pg_relation_size(i.indexrelid) >= 16 * 8192;
