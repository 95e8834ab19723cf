-- Sequences near their end, and columns too narrow for what their sequence may give.
--
-- section: Sizes

with owned as (
    select
        s.seqrelid, s.seqmax, s.seqincrement, s.seqcycle, d.refobjid, d.refobjsubid,
        a.atttypid::regtype as type
    from pg_sequence as s
    left join pg_depend as d
    on
        d.objid = s.seqrelid and d.deptype in ('a', 'i')
        and d.classid = 'pg_class'::regclass and d.refobjsubid > 0
    left join pg_attribute as a
    on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
),

ends as (
    select
        o.*,
        least(
            o.seqmax,
            case o.type::text
                when 'smallint' then 32767
                when 'integer' then 2147483647
                else o.seqmax
            end
        ) as last,
        coalesce(pg_sequence_last_value(o.seqrelid), 0) as now
    from owned as o
    where o.seqincrement > 0 and not o.seqcycle
)

select
    e.seqrelid::regclass::text as object,
    e.refobjid::regclass::text as of_table,
    e.type::text as type,
    e.now as given,
    e.last as last_one,
    round(100.0 * e.now / e.last, 1) as percent,
    case
        when e.now > 0.9 * e.last then 'act'
        when e.now > 0.6 * e.last then 'look'
        else 'ok'
    end as verdict,
    'of the numbers that there are' as says,
    case
        when e.now > 0.6 * e.last
            then coalesce(
                format(
                    'alter table %s alter column %I type bigint;', e.refobjid::regclass,
                    (
                        select a.attname from pg_attribute as a
                        where a.attrelid = e.refobjid and a.attnum = e.refobjsubid
                    )
                ), format('alter sequence %s as bigint no maxvalue;', e.seqrelid::regclass)
            )
        else ''
    end as mend
from ends as e
order by percent desc, object
