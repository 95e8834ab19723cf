-- The own projects. See app_data.projects for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.projects
with (security_invoker = true)
as
select t.*
from app_data.projects as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.projects is
'A list of tasks. The project whose id is the person''s own id is the inbox.';
grant select, insert, update, delete on app.projects to todo_user;
