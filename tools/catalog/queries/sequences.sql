-- Sequences: how they count, never how far they are.
select r.key || ': ' || f.property as key, f.value
from relations as r
inner join pg_sequence as s on s.seqrelid = r.oid
left join pg_depend as d
    on d.classid = 'pg_class'::regclass and d.objid = r.oid
    and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
left join columns as c on c.attrelid = d.refobjid and c.attnum = d.refobjsubid
cross join lateral (
    values
    ('type', format_type(s.seqtypid, null)),
    ('start', s.seqstart::text),
    ('increment', s.seqincrement::text),
    ('minimum', s.seqmin::text),
    ('maximum', s.seqmax::text),
    ('cache', s.seqcache::text),
    ('at the end', case when s.seqcycle then 'start again' else 'fail' end),
    ('persistence', case r.relpersistence when 'u' then 'unlogged' end),
    ('belongs to', c.key)
) as f (property, value)
