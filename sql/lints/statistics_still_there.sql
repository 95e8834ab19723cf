-- No samples of words are left from before their target was 0.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tags alter column name set statistics 100
-- fault: analyze app_data.tags
-- fault: alter table app_data.tags alter column name set statistics 0

select
    c.path as object,
    'samples of it are in pg_statistic' as what,
    'They stay until the next ANALYZE of the column.' as why,
    pg_catalog.format(
        'delete from pg_catalog.pg_statistic where starelid = %L::regclass and staattnum = %s', -- noqa: LT05
        c.oid::pg_catalog.regclass,
        c.number
    ) as mend
from columns as c
inner join pg_catalog.pg_class as r on c.oid = r.oid
where c.target = 0 and exists (
    select from pg_catalog.pg_stats as s
    where s.schemaname = c.room and s.tablename = c.relation and s.attname = c.name
);
