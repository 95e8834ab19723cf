-- The minor version has the mends of security that are known (August 2025:
-- CVE-2025-8713 to 8715 among them).
--
-- severity: look
-- about: server
-- fault: -

select
    s.name as object,
    'CVE-2025-8713: statistics go past policies.' as why,
    'install the newest minor version, then restart' as mend,
    pg_catalog.format('it is %s', s.setting) as what
from pg_catalog.pg_settings as s
where
    s.name = 'server_version_num'
    and not (
        s.setting::integer % 10000
        >= case s.setting::integer
        / 10000 when 15 then 14 when 16 then 10 when 17 then 6 else 0 end
    );
