-- The lock is the caller's own space, whoever asks.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.locked() returns bigint language sql as $$
    select count(*) from pg_locks
    where pid = pg_backend_pid() and mode = 'RowShareLock' and relation = (
        select c.oid from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
        where n.nspname = 'app_data' and c.relname = 'spaces'
    )
$$;
select act_as(alice());
select is(app_integrity.lock_space(), alice(), 'it says who is asking');
select is(pg_temp.locked(), 1::bigint, 'and holds a lock');
select act_as(null);
select is(app_integrity.lock_space(), null, 'nobody locks nothing');

select * from finish();
rollback;
