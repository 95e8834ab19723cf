-- The own row of a person, without the password hash. See app_data.users for what it
-- is, and docs/decisions/0015 for why there is a view in front of it.

create view app.users
with (security_invoker = true)
as
select
    t.id,
    t.email,
    t.first_name,
    t.last_name,
    t.is_active,
    t.time_zone,
    t.email_verified_at,
    t.last_login_at,
    t.version,
    t.created_at,
    t.updated_at
from app_data.users as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.users is
'A person who uses the application, and the space that the person''s rows belong to.';
grant select, update on app.users to todo_user;
