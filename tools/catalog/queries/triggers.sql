-- Triggers, and the rules that rewrite queries: their text, and whether they fire.
select t.key as key, pg_get_triggerdef(t.oid) as value
from triggers as t
union all
select
    t.key || ': fires',
    case t.tgenabled
        when 'D' then 'never (disabled)'
        when 'R' then 'on replicas only'
        when 'A' then 'always'
    end
from triggers as t
union all
select
    t.key || ': cloned',
    case when t.tgparentid <> 0 then 'from that of the partitioned table' end
from triggers as t
union all
select w.key, pg_get_ruledef(w.oid)
from rules as w
union all
select
    w.key || ': fires',
    case w.ev_enabled
        when 'D' then 'never (disabled)'
        when 'R' then 'on replicas only'
        when 'A' then 'always'
    end
from rules as w
