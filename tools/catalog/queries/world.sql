-- Who and what belongs to the project. Every other file reads these and adds facts.
with
-- An array literal of schema names in the setting todo.schemas narrows the world;
-- unset, it is every schema but the system's, the bookkeeping of migrations and those
-- of pgTAP.
schemas as materialized (
    select oid, nspname, quote_ident(nspname) as name
    from pg_namespace
    where
        nspname !~ '^pg_'
        and nspname not in (
            'information_schema', 'todo_migrations', 'tap', 'pgtap', 'tests'
        )
        and nspname = any (
            coalesce(
                nullif(current_setting('todo.schemas', true), '')::text[],
                array[nspname::text]
            )
        )
),

-- A migration runs as whoever may: the superuser of one's own server, the owner of a
-- hosted database. What such a login leaves to itself is the same state everywhere, so
-- it has one name. Roles of the project, the server's own and strangers keep theirs.
roles as materialized (
    select
        r.oid,
        r.rolname ~ '^todo_' as is_ours,
        r.rolname !~ '^(todo|pg)_' and (
            r.oid in (10, d.datdba)
            or exists (
                select from pg_namespace as n
                where n.nspname = 'todo_migrations' and n.nspowner = r.oid
            )
        ) as is_migrator
    from pg_roles as r
    inner join pg_database as d on d.datname = current_database()
),

role_names as materialized (
    select
        r.oid,
        o.is_ours,
        o.is_migrator,
        case o.is_migrator when true then '(migrator)' else quote_ident(r.rolname) end
            as name
    from pg_roles as r
    inner join roles as o on o.oid = r.oid
    union all
    select 0, false, false, 'PUBLIC'
),

-- What an extension brought with it is that extension's version, no fact of its own;
-- nor are the functions and casts that come with a range type.
members as materialized (
    select classid, objid
    from pg_depend
    where
        deptype = 'e'
        or (
            deptype = 'i' and classid in ('pg_proc'::regclass, 'pg_cast'::regclass)
        )
),

relations as materialized (
    select
        c.*,
        s.name || '.' || quote_ident(c.relname) as name,
        case c.relkind
            when 'v' then 'view '
            when 'm' then 'materialized view '
            when 'S' then 'sequence '
            when 'f' then 'foreign table '
            when 'c' then 'type '
            else 'table '
        end || s.name || '.' || quote_ident(c.relname) as key
    from pg_class as c
    inner join schemas as s on s.oid = c.relnamespace
    where
        c.relkind not in ('i', 'I', 't')
        and not exists (
            select from members as m
            where m.classid = 'pg_class'::regclass and m.objid = c.oid
        )
),

columns as materialized (
    select
        r.key || ': column ' || quote_ident(a.attname) as key,
        r.key as relation_key,
        r.relkind,
        r.relowner,
        r.relpersistence,
        a.*
    from relations as r
    inner join pg_attribute as a on a.attrelid = r.oid
    where a.attnum > 0 and not a.attisdropped and r.relkind <> 'S'
),

indexes as materialized (
    select
        t.key || ': index ' || quote_ident(c.relname) as key,
        c.reltablespace,
        i.*
    from relations as t
    inner join pg_index as i on i.indrelid = t.oid
    inner join pg_class as c on c.oid = i.indexrelid
),

-- Types that stand by themselves: not the row types of tables, and not array types.
types as materialized (
    select
        t.*,
        case t.typtype when 'd' then 'domain ' else 'type ' end
        || s.name || '.' || quote_ident(t.typname) as key
    from pg_type as t
    inner join schemas as s on s.oid = t.typnamespace
    left join pg_class as c on c.oid = t.typrelid
    where
        (c.oid is null or c.relkind = 'c')
        and t.typtype <> 'm'
        and not exists (select from pg_type as e where e.typarray = t.oid)
        and not exists (
            select from members as m
            where m.classid = 'pg_type'::regclass and m.objid = t.oid
        )
),

constraints as materialized (
    select
        coalesce(r.key, t.key) || ': constraint ' || quote_ident(c.conname) as key,
        r.relispartition as is_of_partition,
        c.*
    from pg_constraint as c
    left join relations as r on r.oid = c.conrelid
    left join types as t on t.oid = c.contypid
    where (r.oid is not null or t.oid is not null) and c.contype not in ('n', 't')
),

functions as materialized (
    select
        p.*,
        case p.prokind
            when 'p' then 'procedure '
            when 'a' then 'aggregate '
            else 'function '
        end
        || s.name || '.' || quote_ident(p.proname)
        || '(' || oidvectortypes(p.proargtypes) || ')' as key
    from pg_proc as p
    inner join schemas as s on s.oid = p.pronamespace
    where not exists (
        select from members as m
        where m.classid = 'pg_proc'::regclass and m.objid = p.oid
    )
),

-- Triggers that people wrote; those that enforce foreign keys are the constraint's.
triggers as materialized (
    select r.key || ': trigger ' || quote_ident(t.tgname) as key, t.*
    from relations as r
    inner join pg_trigger as t on t.tgrelid = r.oid
    left join pg_constraint as c on c.oid = t.tgconstraint
    where c.oid is null or c.contype = 't'
),

policies as materialized (
    select r.key || ': policy ' || quote_ident(p.polname) as key, p.*
    from relations as r
    inner join pg_policy as p on p.polrelid = r.oid
),

rules as materialized (
    select r.key || ': rule ' || quote_ident(w.rulename) as key, w.*
    from relations as r
    inner join pg_rewrite as w on w.ev_class = r.oid
    where w.rulename <> '_RETURN'
),

-- Kinds that few schemas use. The first oid that is not the system's is 16384.
rare_or_member (classid, oid, key, owner) as (
    select
        'pg_statistic_ext'::regclass::oid, x.oid,
        'statistics ' || s.name || '.' || quote_ident(x.stxname), x.stxowner
    from pg_statistic_ext as x
    inner join schemas as s on s.oid = x.stxnamespace
    union all
    select
        'pg_collation'::regclass, x.oid,
        'collation ' || s.name || '.' || quote_ident(x.collname), x.collowner
    from pg_collation as x
    inner join schemas as s on s.oid = x.collnamespace
    union all
    select
        'pg_conversion'::regclass, x.oid,
        'conversion ' || s.name || '.' || quote_ident(x.conname), x.conowner
    from pg_conversion as x
    inner join schemas as s on s.oid = x.connamespace
    union all
    select
        'pg_operator'::regclass, x.oid,
        'operator ' || s.name || '.' || x.oprname || ' ('
        || coalesce(format_type(nullif(x.oprleft, 0), null), 'none') || ', '
        || coalesce(format_type(nullif(x.oprright, 0), null), 'none') || ')',
        x.oprowner
    from pg_operator as x
    inner join schemas as s on s.oid = x.oprnamespace
    union all
    select
        'pg_opclass'::regclass, x.oid,
        'operator class ' || s.name || '.' || quote_ident(x.opcname)
        || ' using ' || quote_ident(m.amname),
        x.opcowner
    from pg_opclass as x
    inner join schemas as s on s.oid = x.opcnamespace
    inner join pg_am as m on m.oid = x.opcmethod
    union all
    select
        'pg_opfamily'::regclass, x.oid,
        'operator family ' || s.name || '.' || quote_ident(x.opfname)
        || ' using ' || quote_ident(m.amname),
        x.opfowner
    from pg_opfamily as x
    inner join schemas as s on s.oid = x.opfnamespace
    inner join pg_am as m on m.oid = x.opfmethod
    union all
    select
        'pg_ts_config'::regclass, x.oid,
        'text search configuration ' || s.name || '.' || quote_ident(x.cfgname),
        x.cfgowner
    from pg_ts_config as x
    inner join schemas as s on s.oid = x.cfgnamespace
    union all
    select
        'pg_ts_dict'::regclass, x.oid,
        'text search dictionary ' || s.name || '.' || quote_ident(x.dictname),
        x.dictowner
    from pg_ts_dict as x
    inner join schemas as s on s.oid = x.dictnamespace
    union all
    select
        'pg_ts_parser'::regclass, x.oid,
        'text search parser ' || s.name || '.' || quote_ident(x.prsname), null
    from pg_ts_parser as x
    inner join schemas as s on s.oid = x.prsnamespace
    union all
    select
        'pg_ts_template'::regclass, x.oid,
        'text search template ' || s.name || '.' || quote_ident(x.tmplname), null
    from pg_ts_template as x
    inner join schemas as s on s.oid = x.tmplnamespace
    union all
    select
        'pg_cast'::regclass, x.oid,
        'cast ' || format_type(x.castsource, null)
        || ' as ' || format_type(x.casttarget, null),
        null
    from pg_cast as x
    where x.oid >= 16384
    union all
    select
        'pg_transform'::regclass, x.oid,
        'transform for ' || format_type(x.trftype, null)
        || ' language ' || quote_ident(l.lanname),
        null
    from pg_transform as x
    inner join pg_language as l on l.oid = x.trflang
    union all
    select
        'pg_am'::regclass, x.oid, 'access method ' || quote_ident(x.amname), null
    from pg_am as x
    where x.oid >= 16384
    union all
    select
        'pg_event_trigger'::regclass, x.oid,
        'event trigger ' || quote_ident(x.evtname), x.evtowner
    from pg_event_trigger as x
    union all
    select
        'pg_publication'::regclass, x.oid,
        'publication ' || quote_ident(x.pubname), x.pubowner
    from pg_publication as x
    union all
    select
        'pg_extension'::regclass, x.oid, 'extension ' || quote_ident(x.extname),
        x.extowner
    from pg_extension as x
    where not exists (
        select from pg_namespace as n
        where n.oid = x.extnamespace and n.nspname in ('tap', 'pgtap', 'tests')
    )
),

rare as materialized (
    select r.*
    from rare_or_member as r
    where not exists (
        select from members as m where m.classid = r.classid and m.objid = r.oid
    )
),

-- The other objects that can have an owner, grants or a comment, under the key of their
-- facts. acl_kind is what acldefault() calls the kind.
objects as materialized (
    select
        'pg_database'::regclass::oid as classid,
        d.oid,
        'database' as key,
        d.datdba as owner,
        'd'::"char" as acl_kind,
        d.datacl as acl
    from pg_database as d
    where d.datname = current_database()
    union all
    select
        'pg_namespace'::regclass, n.oid, 'schema ' || s.name, n.nspowner, 'n', n.nspacl
    from pg_namespace as n
    inner join schemas as s on s.oid = n.oid
    union all
    select
        'pg_class'::regclass, r.oid, r.key, r.relowner,
        case
            when r.relkind = 'S' then 's'::"char"
            when r.relkind <> 'c' then 'r'
        end,
        r.relacl
    from relations as r
    where r.relkind <> 'c'
    union all
    select 'pg_class'::regclass, i.indexrelid, i.key, null, null, null
    from indexes as i
    union all
    select 'pg_type'::regclass, t.oid, t.key, t.typowner, 'T', t.typacl
    from types as t
    union all
    select 'pg_proc'::regclass, f.oid, f.key, f.proowner, 'f', f.proacl
    from functions as f
    union all
    select 'pg_constraint'::regclass, c.oid, c.key, null, null, null
    from constraints as c
    union all
    select 'pg_trigger'::regclass, t.oid, t.key, null, null, null
    from triggers as t
    union all
    select 'pg_policy'::regclass, p.oid, p.key, null, null, null
    from policies as p
    union all
    select 'pg_rewrite'::regclass, w.oid, w.key, null, null, null
    from rules as w
    union all
    select
        'pg_language'::regclass, l.oid, 'language ' || quote_ident(l.lanname),
        l.lanowner, 'l', l.lanacl
    from pg_language as l
    where l.lanpltrusted or l.oid >= 16384
    union all
    select
        'pg_foreign_data_wrapper'::regclass, w.oid,
        'foreign data wrapper ' || quote_ident(w.fdwname), w.fdwowner, 'F', w.fdwacl
    from pg_foreign_data_wrapper as w
    union all
    select
        'pg_foreign_server'::regclass, v.oid,
        'foreign server ' || quote_ident(v.srvname), v.srvowner, 'S', v.srvacl
    from pg_foreign_server as v
)
