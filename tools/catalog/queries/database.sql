-- The database itself. Its name is not a fact, nor how often it was used.
select 'database: ' || f.property as key, f.value
from pg_database as d
cross join lateral (
    values
    ('encoding', pg_encoding_to_char(d.encoding)),
    ('collation', d.datcollate),
    ('character classes', d.datctype),
    ('locale provider', to_jsonb(d) ->> 'datlocprovider'),
    (
        'locale',
        coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')
    ),
    ('locale rules', to_jsonb(d) ->> 'daticurules'),
    ('connection limit', nullif(d.datconnlimit, -1)::text),
    ('template', case when d.datistemplate then 'yes' end)
) as f (property, value)
where d.datname = current_database()
