-- Kinds that few schemas use: extended statistics, extensions, event triggers,
-- publications, operators, casts, collations, text search, foreign data.
select o.key as key, pg_get_statisticsobjdef(x.oid) as value
from rare as o
inner join pg_statistic_ext as x
    on x.oid = o.oid and o.classid = 'pg_statistic_ext'::regclass
union all
select o.key || ': statistics target', nullif(x.stxstattarget, -1)::text
from rare as o
inner join pg_statistic_ext as x
    on x.oid = o.oid and o.classid = 'pg_statistic_ext'::regclass
union all
select o.key, 'version ' || x.extversion || ' in schema ' || quote_ident(n.nspname)
from rare as o
inner join pg_extension as x on x.oid = o.oid and o.classid = 'pg_extension'::regclass
inner join pg_namespace as n on n.oid = x.extnamespace
union all
select
    o.key,
    'on ' || x.evtevent
    || coalesce(
        ' when tag in (' || (
            select string_agg(quote_literal(t), ', ' order by t)
            from unnest(x.evttags) as t
        ) || ')',
        ''
    )
    || ' execute ' || x.evtfoid::regprocedure::text
    || case x.evtenabled
        when 'D' then ', disabled' when 'R' then ', on replicas only'
        when 'A' then ', always' else ''
    end
from rare as o
inner join pg_event_trigger as x
    on x.oid = o.oid and o.classid = 'pg_event_trigger'::regclass
union all
select o.key || ': ' || f.property, f.value
from rare as o
inner join pg_publication as x
    on x.oid = o.oid and o.classid = 'pg_publication'::regclass
cross join lateral (
    values
    ('all tables', case when x.puballtables then 'yes' else 'no' end),
    (
        'publishes',
        concat_ws(
            ', ',
            case when x.pubinsert then 'insert' end,
            case when x.pubupdate then 'update' end,
            case when x.pubdelete then 'delete' end,
            case when x.pubtruncate then 'truncate' end
        )
    ),
    ('via root', case when x.pubviaroot then 'yes' else 'no' end),
    ('generated columns', nullif(to_jsonb(x) ->> 'pubgencols', 'n')),
    (
        'schemas',
        (
            select string_agg(quote_ident(n.nspname), ', ' order by n.nspname)
            from pg_publication_namespace as m
            inner join pg_namespace as n on n.oid = m.pnnspid
            where m.pnpubid = x.oid
        )
    )
) as f (property, value)
union all
select
    o.key || ': table ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    coalesce(
        (
            select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
            from pg_attribute as a
            where a.attrelid = c.oid and a.attnum = any (m.prattrs)
        ),
        'every column'
    )
    || coalesce(' where ' || pg_get_expr(m.prqual, m.prrelid), '')
from rare as o
inner join pg_publication_rel as m
    on m.prpubid = o.oid and o.classid = 'pg_publication'::regclass
inner join pg_class as c on c.oid = m.prrelid
inner join pg_namespace as n on n.oid = c.relnamespace
union all
select
    o.key,
    case x.castmethod
        when 'i' then 'by input and output'
        when 'b' then 'binary'
        else x.castfunc::regprocedure::text
    end
    || case x.castcontext
        when 'e' then ', explicit' when 'a' then ', in assignment' else ', implicit'
    end
from rare as o
inner join pg_cast as x on x.oid = o.oid and o.classid = 'pg_cast'::regclass
union all
select
    o.key,
    concat_ws(
        ', ',
        x.oprcode::text,
        'commutator ' || nullif(x.oprcom, 0)::regoperator::text,
        'negator ' || nullif(x.oprnegate, 0)::regoperator::text,
        'restrict ' || nullif(x.oprrest::text, '-'),
        'join ' || nullif(x.oprjoin::text, '-'),
        case when x.oprcanmerge then 'merges' end,
        case when x.oprcanhash then 'hashes' end
    )
from rare as o
inner join pg_operator as x on x.oid = o.oid and o.classid = 'pg_operator'::regclass
union all
select
    o.key,
    format_type(x.opcintype, null)
    || ' in family ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname)
    || case when x.opcdefault then ', default' else '' end
    || coalesce(', storage ' || format_type(nullif(x.opckeytype, 0), null), '')
from rare as o
inner join pg_opclass as x on x.oid = o.oid and o.classid = 'pg_opclass'::regclass
inner join pg_opfamily as f on f.oid = x.opcfamily
inner join pg_namespace as n on n.oid = f.opfnamespace
union all
select
    o.key || ': '
    || case when x.amoppurpose = 'o' then 'ordering' else 'strategy' end
    || ' ' || x.amopstrategy::text || ' (' || format_type(x.amoplefttype, null)
    || ', ' || format_type(x.amoprighttype, null) || ')',
    x.amopopr::regoperator::text
from rare as o
inner join pg_amop as x
    on x.amopfamily = o.oid and o.classid = 'pg_opfamily'::regclass
union all
select
    o.key || ': function ' || x.amprocnum::text || ' ('
    || format_type(x.amproclefttype, null) || ', '
    || format_type(x.amprocrighttype, null) || ')',
    x.amproc::regprocedure::text
from rare as o
inner join pg_amproc as x
    on x.amprocfamily = o.oid and o.classid = 'pg_opfamily'::regclass
union all
select
    o.key,
    concat_ws(
        ', ',
        'provider ' || x.collprovider::text,
        'collate ' || quote_literal(x.collcollate),
        'ctype ' || quote_literal(x.collctype),
        'locale ' || quote_literal(
            coalesce(to_jsonb(x) ->> 'colllocale', to_jsonb(x) ->> 'colliculocale')
        ),
        'rules ' || quote_literal(to_jsonb(x) ->> 'collicurules'),
        case when not x.collisdeterministic then 'not deterministic' end
    )
from rare as o
inner join pg_collation as x on x.oid = o.oid and o.classid = 'pg_collation'::regclass
union all
select
    o.key,
    pg_encoding_to_char(x.conforencoding) || ' to '
    || pg_encoding_to_char(x.contoencoding) || ' by ' || x.conproc::regproc::text
    || case when x.condefault then ', default' else '' end
from rare as o
inner join pg_conversion as x
    on x.oid = o.oid and o.classid = 'pg_conversion'::regclass
union all
select o.key, 'parser ' || quote_ident(n.nspname) || '.' || quote_ident(p.prsname)
from rare as o
inner join pg_ts_config as x on x.oid = o.oid and o.classid = 'pg_ts_config'::regclass
inner join pg_ts_parser as p on p.oid = x.cfgparser
inner join pg_namespace as n on n.oid = p.prsnamespace
union all
select
    o.key || ': token ' || t.alias,
    string_agg(
        quote_ident(n.nspname) || '.' || quote_ident(d.dictname), ', '
        order by m.mapseqno
    )
from rare as o
inner join pg_ts_config as x on x.oid = o.oid and o.classid = 'pg_ts_config'::regclass
inner join pg_ts_config_map as m on m.mapcfg = x.oid
inner join pg_ts_dict as d on d.oid = m.mapdict
inner join pg_namespace as n on n.oid = d.dictnamespace
inner join lateral ts_token_type(x.cfgparser) as t on t.tokid = m.maptokentype
group by o.key, t.alias
union all
select
    o.key,
    quote_ident(n.nspname) || '.' || quote_ident(t.tmplname)
    || coalesce(' with ' || x.dictinitoption, '')
from rare as o
inner join pg_ts_dict as x on x.oid = o.oid and o.classid = 'pg_ts_dict'::regclass
inner join pg_ts_template as t on t.oid = x.dicttemplate
inner join pg_namespace as n on n.oid = t.tmplnamespace
union all
select
    o.key,
    concat_ws(
        ', ', x.prsstart, x.prstoken, x.prsend, x.prsheadline, x.prslextype
    )
from rare as o
inner join pg_ts_parser as x on x.oid = o.oid and o.classid = 'pg_ts_parser'::regclass
union all
select o.key, concat_ws(', ', x.tmplinit, x.tmpllexize)
from rare as o
inner join pg_ts_template as x
    on x.oid = o.oid and o.classid = 'pg_ts_template'::regclass
union all
select
    o.key,
    concat_ws(
        ', ',
        'from ' || nullif(x.trffromsql::oid, 0)::regprocedure::text,
        'to ' || nullif(x.trftosql::oid, 0)::regprocedure::text
    )
from rare as o
inner join pg_transform as x on x.oid = o.oid and o.classid = 'pg_transform'::regclass
union all
select o.key, x.amtype::text || ' by ' || x.amhandler::text
from rare as o
inner join pg_am as x on x.oid = o.oid and o.classid = 'pg_am'::regclass
union all
select
    o.key,
    concat_ws(
        ', ',
        case when x.lanpltrusted then 'trusted' else 'not trusted' end,
        'handler ' || nullif(x.lanplcallfoid, 0)::regproc::text,
        'inline ' || nullif(x.laninline, 0)::regproc::text,
        'validator ' || nullif(x.lanvalidator, 0)::regproc::text
    )
from objects as o
inner join pg_language as x on x.oid = o.oid and o.classid = 'pg_language'::regclass
union all
select
    o.key,
    concat_ws(
        ', ',
        'handler ' || nullif(x.fdwhandler, 0)::regproc::text,
        'validator ' || nullif(x.fdwvalidator, 0)::regproc::text,
        'options ' || array_to_string(x.fdwoptions, ', ')
    )
from objects as o
inner join pg_foreign_data_wrapper as x
    on x.oid = o.oid and o.classid = 'pg_foreign_data_wrapper'::regclass
union all
select
    o.key,
    concat_ws(
        ', ',
        'wrapper ' || quote_ident(w.fdwname),
        'type ' || quote_literal(x.srvtype),
        'version ' || quote_literal(x.srvversion),
        'options ' || array_to_string(x.srvoptions, ', ')
    )
from objects as o
inner join pg_foreign_server as x
    on x.oid = o.oid and o.classid = 'pg_foreign_server'::regclass
inner join pg_foreign_data_wrapper as w on w.oid = x.srvfdw
union all
-- A mapping's options hold passwords: they are no fact, that it exists is.
select 'foreign server ' || quote_ident(m.srvname) || ': user mapping', m.name
from (
    select
        u.srvname,
        string_agg(n.name, ', ' order by n.name) as name
    from pg_user_mappings as u
    inner join role_names as n on n.oid = u.umuser
    group by u.srvname
) as m
