-- For every constraint of our schemas a query that counts the rows which break it.
--
-- A restored server has checked none of them: it took pages. Row-level security must not
-- hide a row from these counts, so a superuser runs them.

select
    format('%s of %s', c.conname, c.conrelid::regclass) as name,
    case c.contype
        when 'c' then format(
            'select count(*) from %s as t where not (%s)',
            c.conrelid::regclass, pg_get_expr(c.conbin, c.conrelid)
        )
        when 'f' then format(
            'select count(*) from %s as c where %s and not exists '
            || '(select from %s as p where %s)',
            c.conrelid::regclass,
            k.filled, c.confrelid::regclass, k.matched
        )
        else format(
            'select count(*) from (select from %s where %s group by %s '
            || 'having count(*) > 1) as d',
            c.conrelid::regclass, k.filled, k.own
        )
    end as query
from pg_constraint as c
inner join pg_namespace as n on c.connamespace = n.oid
cross join lateral (
    select
        string_agg(format('%I', a.attname), ', ' order by u.place) as own,
        string_agg(
            case
                when c.contype = 'f' then format('c.%I is not null', a.attname)
                else format('%I is not null', a.attname)
            end, ' and ' order by u.place
        ) as filled,
        string_agg(
            'p.' || quote_ident(f.attname) || ' = c.' || quote_ident(a.attname),
            ' and ' order by u.place
        ) as matched
    from unnest(c.conkey, c.confkey) with ordinality as u (own, other, place)
    inner join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = u.own
    left join pg_attribute as f on f.attrelid = c.confrelid and f.attnum = u.other
) as k
where
    n.nspname in ('app', 'app_auth', 'app_data', 'app_private')
    and c.contype in ('c', 'f', 'p', 'u')
    and c.conrelid <> 0
order by 1;
