-- Whom a policy names cannot drop it. DROP OWNED BY oneself asks nobody who owns a
-- policy: it takes the role out of every policy, and a policy without a role is gone. It
-- is refused as a whole where the role has privileges on columns of a relation and none
-- on the relation, as on app_data.users. So there must be one such relation for each
-- role that the backend's login becomes and a policy names.
--
-- severity: stop
-- about: schema
-- fault: grant select on app_data.users to todo_user

select
    b.name as object,
    'it has no relation with privileges on columns alone' as what,
    'DROP OWNED BY itself drops every policy that names it: nobody sees a row any more.'
        as why,
    'grant select on app_data.users column by column, not as a whole' as mend
from backend as b
where
    exists (
        select from policies as p
        where b.name = any(p.roles)
    )
    and not exists (
        select from columns as c
        inner join relations as r on c.oid = r.oid
        cross join lateral pg_catalog.aclexplode(c.acl) as a
        where
            a.grantee = b.oid
            and not exists (
                select from pg_catalog.aclexplode(r.acl) as t
                where t.grantee in (b.oid, 0)
            )
    );
