-- Who owns what.
select o.key || ': owner' as key, n.name as value
from (
    select key, owner from objects
    union all
    select key, owner from rare
) as o
inner join role_names as n on n.oid = o.owner
