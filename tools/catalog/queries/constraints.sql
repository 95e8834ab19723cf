-- Constraints; the definition says NOT VALID, DEFERRABLE, NO INHERIT and NOT ENFORCED.
select c.key as key, pg_get_constraintdef(c.oid) as value
from constraints as c
union all
select c.key || ': ' || f.property, f.value
from constraints as c
cross join lateral (
    values
    (
        'inheritance',
        case
            when c.coninhcount > 0 and c.conislocal and not c.is_of_partition
                then 'declared here too'
        end
    ),
    ('attached', case when c.conparentid <> 0 then 'to that of the parent' end),
    -- ALTER TABLE … DISABLE TRIGGER ALL switches a foreign key off without a trace in
    -- its definition.
    (
        'enforcement',
        (
            select string_agg(
                distinct
                case t.tgenabled
                    when 'D' then 'disabled'
                    when 'R' then 'on replicas only'
                    when 'A' then 'always'
                end, ', '
            )
            from pg_trigger as t
            where t.tgconstraint = c.oid and t.tgisinternal and t.tgenabled <> 'O'
        )
    )
) as f (property, value)
