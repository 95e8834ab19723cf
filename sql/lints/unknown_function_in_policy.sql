-- In policies, CHECKs, defaults and generated columns stand only functions that are
-- known not to tell anything or take long.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tags add constraint tags_x check (app.is_task_transition(name, colour))

select
    d.path as object,
    'What can raise or take time per row tells of rows.' as why,
    pg_catalog.format('it calls %s', d.refobjid::pg_catalog.regprocedure) as what,
    pg_catalog.format('drop function %s cascade', d.refobjid::pg_catalog.regprocedure)
        as mend
from (
    select
        d.refobjid,
        case d.classid
            when 'pg_catalog.pg_policy'::pg_catalog.regclass then 'a policy'
            when 'pg_catalog.pg_constraint'::pg_catalog.regclass then 'a CHECK' else
                'a default'
        end
        || ' '
        || coalesce(
            k.path || ': ' || k.name,
            pg_catalog.pg_describe_object(d.classid, d.objid, 0)
        ) as path
    from pg_catalog.pg_depend as d
    left join constraints as k
        on
            d.objid = k.oid
            and d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
    inner join functions as f on d.refobjid = f.oid
    where
        d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
        and d.classid in (
            'pg_catalog.pg_policy'::pg_catalog.regclass,
            'pg_catalog.pg_constraint'::pg_catalog.regclass,
            'pg_catalog.pg_attrdef'::pg_catalog.regclass
        )
        and f.path not in (
            'app.current_user_id()', 'app.current_space_mask()',
            'app.space_number(uuid)', 'app.uuid_v7()', 'app.position_now()',
            'app.fold_name(text)', 'app.is_time_zone(text)'
        )
) as d;
