-- Every foreign key of app contains the space.
--
-- severity: stop
-- about: schema
-- fault: alter table app_data.tags add constraint tags_x foreign key (id) references app_data.users (id) not valid

select
    'user_id is not in it' as what,
    'A reference to another person''s row could be written.' as why,
    pg_catalog.format('%s: %I', k.path, k.name) as object,
    pg_catalog.format('alter table %s drop constraint %I', k.path, k.name) as mend
from constraints as k
where
    k.type = 'f' and k.room = 'app_data'
    and not exists (
        select from columns as c
        where c.oid = k.conrelid and c.name = 'user_id' and c.number = any(k.conkey)
    );
