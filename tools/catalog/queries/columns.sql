-- Columns of tables and views, attributes of composite types. Storage and the like
-- only where they are not what the type gives anyway.
select c.key || ': ' || f.property as key, f.value
from columns as c
inner join pg_type as t on t.oid = c.atttypid
left join pg_attrdef as d on d.adrelid = c.attrelid and d.adnum = c.attnum
left join pg_collation as k on k.oid = c.attcollation and k.oid <> t.typcollation
left join pg_namespace as kn on kn.oid = k.collnamespace
-- From version 18 on NOT NULL is a constraint, with a name and a state of its own.
left join pg_constraint as n
    on n.conrelid = c.attrelid and n.contype = 'n' and n.conkey[1] = c.attnum
cross join lateral (
    values
    ('type', format_type(c.atttypid, c.atttypmod)),
    (
        'null',
        case
            when c.relkind in ('v', 'm', 'c') then null
            when not c.attnotnull then 'allowed'
            else
                'refused'
                || case
                    when n.conislocal and n.conname <> (
                        select left(r.relname || '_' || c.attname || '_not_null', 63)
                        from relations as r
                        where r.oid = c.attrelid
                    )
                        then ' by ' || quote_ident(n.conname)
                    else ''
                end
                || case when not n.convalidated then ' (not valid)' else '' end
                || case when n.connoinherit then ' (no inherit)' else '' end
        end
    ),
    ('collation', quote_ident(kn.nspname) || '.' || quote_ident(k.collname)),
    (
        case c.attgenerated
            when '' then 'default'
            when 's' then 'generated and stored as'
            else 'generated when read as'
        end,
        pg_get_expr(d.adbin, d.adrelid)
    ),
    (
        'identity',
        case c.attidentity when 'a' then 'always' when 'd' then 'by default' end
    ),
    (
        'storage',
        case
            when c.attstorage <> t.typstorage
                then
                    case c.attstorage
                        when 'p' then 'plain'
                        when 'e' then 'external'
                        when 'm' then 'main'
                        when 'x' then 'extended'
                    end
        end
    ),
    (
        'compression',
        case c.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end
    ),
    ('statistics target', nullif(c.attstattarget, -1)::text),
    (
        'options',
        (
            -- Minor releases of 2026 stamp columns with a version of their own, which
            -- pg_dump hides, too: it is when the type was last changed, not what it
            -- is.
            select string_agg(o, ', ' order by o)
            from unnest(c.attoptions) as o
            where o !~ '^pg_attver='
        )
    ),
    ('wrapper options', array_to_string(c.attfdwoptions, ', ')),
    (
        'inheritance',
        case when c.attinhcount > 0 and c.attislocal then 'declared here too' end
    )
) as f (property, value)
