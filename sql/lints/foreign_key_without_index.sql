-- Every foreign key has an index.
--
-- severity: look
-- about: schema
-- fault: alter table app_data.tags add column other uuid
-- fault: alter table app_data.tags add constraint tags_x foreign key (other) references app_data.users (id)

select
    'no index begins with its columns' as what,
    'Deleting a parent reads the whole table.' as why,
    pg_catalog.format('%s: %I', k.path, k.name) as object,
    pg_catalog.format('create index concurrently on %s (user_id, …)', k.path) as mend
from constraints as k
where
    k.type = 'f'
    and not exists (
        select from pg_catalog.pg_index as i
        where
            i.indrelid = k.conrelid
            and (
                (i.indkey::smallint[])[0:pg_catalog.cardinality(k.conkey) - 1]
                @> k.conkey
                -- A child that has its parent's key in front finds its rows by that.
                or (i.indkey::smallint[])[0:pg_catalog.cardinality(k.conkey) - 1]
                <@ k.conkey
            )
    );
