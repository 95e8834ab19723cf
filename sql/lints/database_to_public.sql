-- On the database PUBLIC has nothing, and our roles may connect and no more.
--
-- severity: stop
-- about: schema
-- fault: do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$

select
    d.datname as object,
    'A temporary table or function is a place to shadow a name from.' as why,
    pg_catalog.format(
        '%s has %s',
        case a.grantee
            when 0 then 'PUBLIC' else a.grantee::pg_catalog.regrole::text
        end,
        a.privilege_type
    ) as what,
    pg_catalog.format(
        'revoke %s on database %I from %s',
        a.privilege_type,
        d.datname,
        case a.grantee when 0 then 'public' else a.grantee::pg_catalog.regrole::text end
    ) as mend
from pg_catalog.pg_database as d
cross join
    lateral pg_catalog.aclexplode(
        coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))
    ) as a
where
    d.datname = pg_catalog.current_database()
    and (
        a.grantee = 0
        or (a.grantee in (select oid from backend) and a.privilege_type <> 'CONNECT')
    );
