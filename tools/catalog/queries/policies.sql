-- Policies of row level security; whether a table obeys them is a fact of the table.
select p.key || ': ' || f.property as key, f.value
from policies as p
cross join lateral (
    values
    (
        'command',
        case p.polcmd
            when 'r' then 'select'
            when 'a' then 'insert'
            when 'w' then 'update'
            when 'd' then 'delete'
            else 'all'
        end
    ),
    ('kind', case when p.polpermissive then 'permissive' else 'restrictive' end),
    (
        'roles',
        (
            select string_agg(n.name, ', ' order by n.name)
            from role_names as n
            where n.oid = any (p.polroles)
        )
    ),
    ('using', pg_get_expr(p.polqual, p.polrelid)),
    ('with check', pg_get_expr(p.polwithcheck, p.polrelid))
) as f (property, value)
