-- Domains, enums and ranges; a composite type's attributes are with the columns.
select t.key || ': ' || f.property as key, f.value
from types as t
left join pg_range as r on r.rngtypid = t.oid
left join pg_type as b on b.oid = t.typbasetype
left join pg_collation as k
    on k.oid = coalesce(nullif(r.rngcollation, 0), nullif(t.typcollation, 0))
left join pg_namespace as kn on kn.oid = k.collnamespace
left join pg_opclass as o on o.oid = r.rngsubopc
left join pg_namespace as opn on opn.oid = o.opcnamespace
cross join lateral (
    values
    (
        'kind',
        case t.typtype
            when 'b' then 'base'
            when 'c' then 'composite'
            when 'd' then 'domain'
            when 'e' then 'enum'
            when 'p' then case when t.typisdefined then 'pseudo' else 'shell' end
            when 'r' then 'range'
        end
    ),
    -- Domains
    ('base', case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) end),
    ('null', case when t.typtype = 'd' and t.typnotnull then 'refused' end),
    (
        'default',
        case
            when t.typtype = 'd' then pg_get_expr(t.typdefaultbin, 0)
            else t.typdefault
        end
    ),
    (
        'collation',
        case
            when t.typtype = 'r' or t.typcollation <> b.typcollation
                then quote_ident(kn.nspname) || '.' || quote_ident(k.collname)
        end
    ),
    -- Enums
    (
        'labels',
        (
            select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
            from pg_enum as e
            where e.enumtypid = t.oid
        )
    ),
    -- Ranges
    ('of', format_type(r.rngsubtype, null)),
    ('multirange', format_type(r.rngmultitypid, null)),
    ('ordered by', quote_ident(opn.nspname) || '.' || quote_ident(o.opcname)),
    ('canonical', nullif(r.rngcanonical::text, '-')),
    ('difference', nullif(r.rngsubdiff::text, '-')),
    -- Base types, which only an extension in C makes
    (
        'implementation',
        case
            when t.typtype = 'b'
                then
                    concat_ws(
                        ', ',
                        t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin,
                        t.typmodout, t.typanalyze, t.typlen, t.typbyval, t.typalign,
                        t.typstorage, t.typcategory, t.typispreferred, t.typdelim,
                        format_type(nullif(t.typelem, 0), null)
                    )
        end
    )
) as f (property, value)
