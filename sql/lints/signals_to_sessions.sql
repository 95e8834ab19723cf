-- PUBLIC may not end or cancel other sessions of its role (a superuser only can take
-- that away; on a managed host it stays).
--
-- severity: look
-- about: server
-- fault: grant execute on function pg_catalog.pg_cancel_backend(integer) to public

select
    p.oid::pg_catalog.regprocedure::text as object,
    'SQL that was injected ends the requests of everybody else, again and again.'
        as why,
    pg_catalog.format('%s may execute it', b.name) as what,
    pg_catalog.format(
        'revoke execute on function %s from public', p.oid::pg_catalog.regprocedure
    ) as mend
from pg_catalog.pg_proc as p
cross join backend as b
where
    p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
    and p.proname in ('pg_terminate_backend', 'pg_cancel_backend')
    and b.name = 'todo_app'
    and pg_catalog.has_function_privilege(b.oid, p.oid, 'execute');
