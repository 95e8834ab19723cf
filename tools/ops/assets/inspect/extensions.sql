-- Extensions, and whether the server's files have a newer version than the database.
--
-- section: Settings

select
    e.extname as object,
    e.extversion as version,
    a.default_version as newest,
    case when e.extversion <> a.default_version then 'look' else 'ok' end as verdict,
    case
        when e.extversion <> a.default_version then 'the files have a newer version'
        else 'as new as its files'
    end as says,
    case
        when e.extversion <> a.default_version
            then format('alter extension %I update;', e.extname)
        else ''
    end as mend
from pg_extension as e
left join pg_available_extensions as a on a.name = e.extname
order by object
