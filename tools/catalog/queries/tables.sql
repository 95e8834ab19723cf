-- Tables, views and foreign tables as a whole; their columns' order is one fact.
select r.key || ': ' || f.property as key, f.value
from relations as r
left join pg_am as m on m.oid = r.relam
left join pg_tablespace as s on s.oid = r.reltablespace
left join pg_class as toast on toast.oid = r.reltoastrelid
left join pg_type as o on o.oid = r.reloftype
left join pg_foreign_table as ft on ft.ftrelid = r.oid
left join pg_foreign_server as fs on fs.oid = ft.ftserver
cross join lateral (
    values
    (
        case r.relkind when 'c' then 'order of attributes' else 'order of columns' end,
        (
            select
                coalesce(string_agg(quote_ident(a.attname), ', ' order by a.attnum), '')
            from pg_attribute as a
            where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        )
    ),
    (
        'row level security',
        case
            when r.relkind not in ('r', 'p') then null
            when r.relrowsecurity and r.relforcerowsecurity then 'enabled and forced'
            when r.relrowsecurity then 'enabled, not forced'
            when r.relforcerowsecurity then 'forced, not enabled'
            else 'disabled'
        end
    ),
    (
        'definition',
        case when r.relkind in ('v', 'm') then pg_get_viewdef(r.oid) end
    ),
    ('persistence', case r.relpersistence when 'u' then 'unlogged' end),
    ('access method', case when m.amname <> 'heap' then quote_ident(m.amname) end),
    ('tablespace', quote_ident(s.spcname)),
    ('of type', format_type(o.oid, null)),
    (
        'replica identity',
        case case when r.relkind in ('r', 'p', 'm') then r.relreplident end
            when 'n' then 'nothing'
            when 'f' then 'full'
            when 'i'
                then 'index ' || coalesce(
                    (
                        select quote_ident(c.relname)
                        from pg_index as i
                        inner join pg_class as c on c.oid = i.indexrelid
                        where i.indrelid = r.oid and i.indisreplident
                    ),
                    'dropped'
                )
        end
    ),
    ('partitioned by', case r.relkind when 'p' then pg_get_partkeydef(r.oid) end),
    ('partition for', pg_get_expr(r.relpartbound, r.oid)),
    (
        'child of',
        (
            select string_agg(
                quote_ident(n.nspname) || '.' || quote_ident(p.relname)
                || case when h.inhdetachpending then ' (detach pending)' else '' end,
                ', ' order by h.inhseqno
            )
            from pg_inherits as h
            inner join pg_class as p on p.oid = h.inhparent
            inner join pg_namespace as n on n.oid = p.relnamespace
            where h.inhrelid = r.oid
        )
    ),
    ('server', quote_ident(fs.srvname)),
    ('wrapper options', array_to_string(ft.ftoptions, ', '))
) as f (property, value)
where r.relkind <> 'S'
union all
select
    r.key || ': ' || o.place || ' ' || split_part(o.setting, '=', 1),
    substr(o.setting, strpos(o.setting, '=') + 1)
from relations as r
left join pg_class as toast on toast.oid = r.reltoastrelid
cross join lateral (
    select 'option' as place, unnest(r.reloptions) as setting
    union all
    select 'toast option', unnest(toast.reloptions)
) as o
