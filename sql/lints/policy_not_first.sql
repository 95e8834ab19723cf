-- USING of every policy for what the backend becomes asks first whether the row is the
-- caller's, at no price to the planner; then for the identity, bare and as a subquery.
--
-- severity: stop
-- about: schema
-- fault: alter policy tags_select_user on app_data.tags using (user_id = app.current_user_id() and user_id = (select app.current_user_id()))

select
    'In any other form conditions of an attacker run before the policy, and tell of the rows of others by error, time or buffers (docs/decisions/0005).' -- noqa: LT05
        as why,
    pg_catalog.format('%s: policy %I', p.path, p.policyname) as object,
    pg_catalog.format('USING is %s', p.qual) as what,
    pg_catalog.format(
        'alter policy %I on %s using ((select app.current_space_mask())[space_number] is not null and user_id = app.current_user_id() and user_id = (select app.current_user_id()))', -- noqa: LT05
        p.policyname,
        p.path
    ) as mend
from policies as p
where
    p.roles <> '{todo_registrar}' and p.roles <> '{todo_integrity}'
    and p.roles <> '{todo_searcher}'
    and p.qual
    !~ '^\(\(\(\( SELECT app\.current_space_mask\(\) AS current_space_mask\)\)\[space_number\] IS NOT NULL\) AND \((user_)?id = app\.current_user_id\(\)\) AND \((user_)?id = \( SELECT app\.current_user_id\(\) AS current_user_id\)\)\)$'; -- noqa: LT05
