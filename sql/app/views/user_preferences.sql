-- The own preferences. See app_data.user_preferences for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.user_preferences
with (security_invoker = true)
as
select t.*
from app_data.user_preferences as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.user_preferences is
'How the application looks and behaves for one person.';
grant select, update on app.user_preferences to todo_user;
