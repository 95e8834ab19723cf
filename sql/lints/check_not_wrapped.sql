-- WITH CHECK of every policy for what the backend becomes asks for the identity as a
-- subquery.
--
-- severity: stop
-- about: schema
-- fault: alter policy tags_insert_user on app_data.tags with check (user_id = app.current_user_id())

select
    'Bare, the identity is verified again for every row that is written.' as why,
    pg_catalog.format('%s: policy %I', p.path, p.policyname) as object,
    pg_catalog.format('WITH CHECK is %s', p.with_check) as what,
    pg_catalog.format(
        'alter policy %I on %s with check (user_id = (select app.current_user_id()))',
        p.policyname,
        p.path
    ) as mend
from policies as p
where
    p.roles <> '{todo_registrar}' and p.roles <> '{todo_integrity}'
    and p.roles <> '{todo_searcher}'
    and p.with_check
    !~ '^\(?\(?(user_)?id = \( SELECT app\.current_user_id\(\) AS current_user_id\)\)( AND \([a-z_]+ IS (NOT )?NULL\))*\)?$' -- noqa: LT05;
