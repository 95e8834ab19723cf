-- Functions, procedures and aggregates.
select f.key || ': ' || p.property as key, p.value
from functions as f
inner join pg_language as l on l.oid = f.prolang
cross join lateral (
    values
    ('language', case when f.prokind <> 'a' then l.lanname end),
    ('arguments', nullif(pg_get_function_arguments(f.oid), '')),
    ('returns', pg_get_function_result(f.oid)),
    ('window function', case f.prokind when 'w' then 'yes' end),
    (
        'volatility',
        case f.provolatile
            when 'i' then 'immutable' when 's' then 'stable' else 'volatile'
        end
    ),
    (
        'parallel',
        case f.proparallel
            when 's' then 'safe' when 'r' then 'restricted' else 'unsafe'
        end
    ),
    ('security', case when f.prosecdef then 'definer' else 'invoker' end),
    (
        'on null input',
        case when f.proisstrict then 'returns null' else 'called' end
    ),
    ('leakproof', case when f.proleakproof then 'yes' end),
    ('cost', f.procost::text),
    ('rows', case when f.proretset then f.prorows::text end),
    (
        'support function',
        case when f.prosupport <> 0 then f.prosupport::regprocedure::text end
    ),
    (
        'transforms',
        (
            select string_agg(format_type(t.oid, null), ', ')
            from unnest(f.protrftypes) as t (oid)
        )
    ),
    ('library', f.probin),
    (
        'body',
        case
            when f.prokind = 'a' then null
            else coalesce(pg_get_function_sqlbody(f.oid), f.prosrc)
        end
    )
) as p (property, value)
union all
select
    f.key || ': setting ' || split_part(s.setting, '=', 1),
    substr(s.setting, strpos(s.setting, '=') + 1)
from functions as f
cross join lateral unnest(f.proconfig) as s (setting)
union all
select f.key || ': ' || p.property, p.value
from functions as f
inner join pg_aggregate as a on a.aggfnoid = f.oid
cross join lateral (
    values
    ('kind', a.aggkind::text || ' ' || a.aggnumdirectargs::text),
    ('transition', nullif(a.aggtransfn::text, '-')),
    ('final', nullif(a.aggfinalfn::text, '-')),
    ('combine', nullif(a.aggcombinefn::text, '-')),
    ('serialize', nullif(a.aggserialfn::text, '-')),
    ('deserialize', nullif(a.aggdeserialfn::text, '-')),
    ('moving transition', nullif(a.aggmtransfn::text, '-')),
    ('moving inverse', nullif(a.aggminvtransfn::text, '-')),
    ('moving final', nullif(a.aggmfinalfn::text, '-')),
    (
        'final modifies state',
        a.aggfinalmodify::text || a.aggmfinalmodify::text
        || case when a.aggfinalextra then ' extra' else '' end
        || case when a.aggmfinalextra then ' moving extra' else '' end
    ),
    (
        'sort operator',
        case when a.aggsortop <> 0 then a.aggsortop::regoperator::text end
    ),
    ('state type', format_type(a.aggtranstype, null)),
    ('state size', nullif(a.aggtransspace, 0)::text),
    ('moving state type', format_type(nullif(a.aggmtranstype, 0), null)),
    ('moving state size', nullif(a.aggmtransspace, 0)::text),
    ('initial state', a.agginitval),
    ('moving initial state', a.aggminitval)
) as p (property, value)
