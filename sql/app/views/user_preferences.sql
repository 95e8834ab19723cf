-- The own preferences. See app_data.user_preferences for what it is, and
-- docs/decisions/0015 for why there is a view in front of it.

create view app.user_preferences
with (security_invoker = true)
as
select
    t.user_id,
    t.theme,
    t.language,
    t.week_starts_on,
    t.notifies_by_email,
    t.notifies_by_push,
    t.profile_visibility,
    t.version,
    t.created_at,
    t.updated_at,
    t.space_number
from app_data.user_preferences as t
-- It keeps the planner from merging the table into a UNION ALL, where the conditions
-- of the statement would come before those of the policy.
where true;

comment on view app.user_preferences is
'How the application looks and behaves for one person.';
grant select, update on app.user_preferences to todo_user;
