-- What is made from now on starts closed: no default privileges grant anything to what
-- the backend becomes or to PUBLIC.
--
-- severity: stop
-- about: schema
-- fault: alter default privileges for role todo_owner in schema app grant select on tables to todo_user

select
    d.defaclrole::pg_catalog.regrole::text as object,
    'A table is open before anybody has thought about it.' as why,
    pg_catalog.format(
        'new objects of kind %s are granted to %s',
        d.defaclobjtype,
        case a.grantee when 0 then 'PUBLIC' else a.grantee::pg_catalog.regrole::text end
    ) as what,
    pg_catalog.format(
        'alter default privileges for role %s revoke all on %s from %s',
        d.defaclrole::pg_catalog.regrole,
        case d.defaclobjtype
            when 'r' then 'tables' when 'f' then 'functions' when
                'T'
                then 'types'
            when 'S' then 'sequences' else 'schemas'
        end,
        case a.grantee when 0 then 'public' else a.grantee::pg_catalog.regrole::text end
    ) as mend
from pg_catalog.pg_default_acl as d
cross join lateral pg_catalog.aclexplode(d.defaclacl) as a
where a.grantee = 0 or a.grantee in (select oid from backend);
