-- Constraints that were added without looking at the rows, and triggers that are off.
--
-- section: Sizes

select
    c.conrelid::regclass::text || '.' || c.conname as object,
    'look' as verdict,
    'older rows were not looked at' as says,
    format('alter table %s validate constraint %I;', c.conrelid::regclass, c.conname) as mend
from pg_constraint as c
where not c.convalidated and c.conrelid <> 0
union all
select
    t.tgrelid::regclass::text || '.' || t.tgname,
    'act',
    'the trigger is off',
    format('alter table %s enable trigger %I;', t.tgrelid::regclass, t.tgname)
from pg_trigger as t
where t.tgenabled = 'D' and not t.tgisinternal
