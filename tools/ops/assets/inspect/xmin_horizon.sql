-- What keeps vacuum from removing dead rows: the oldest transaction, prepared ones,
-- replication slots, standbys.
--
-- section: Vacuum

select
    h.kind || ' ' || h.name as object,
    h.transactions,
    case
        when h.transactions > 10000000 then 'act'
        when h.transactions > 1000000 then 'look'
        else 'ok'
    end as verdict,
    'transactions whose dead rows it holds back' as says,
    h.mend
from (
    select
        'session' as kind, a.pid::text as name,
        greatest(age(a.backend_xmin), age(a.backend_xid)) as transactions,
        format('select pg_terminate_backend(%s);', a.pid) as mend
    from pg_stat_activity as a
    where
        coalesce(a.backend_xmin, a.backend_xid) is not null
        and a.pid <> pg_backend_pid()
    union all
    select
        'prepared transaction', p.gid, age(p.transaction),
        format('rollback prepared %L;', p.gid)
    from pg_prepared_xacts as p
    union all
    select
        'replication slot', s.slot_name, greatest(age(s.xmin), age(s.catalog_xmin)),
        format('select pg_drop_replication_slot(%L);', s.slot_name)
    from pg_replication_slots as s
    where coalesce(s.xmin, s.catalog_xmin) is not null
    union all
    select
        'standby', coalesce(r.application_name, r.pid::text), age(r.backend_xmin),
        'alter system set hot_standby_feedback = off; -- there'
    from pg_stat_replication as r
    where r.backend_xmin is not null
) as h
order by h.transactions desc
limit 20
