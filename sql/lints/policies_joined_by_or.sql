-- There is one policy for each table, command and role.
--
-- severity: stop
-- about: schema
-- fault: create policy other on app_data.tags for select to todo_user using ((select app.current_space_mask())[space_number] is not null and user_id = app.current_user_id() and user_id = (select app.current_user_id()))

select
    'more than one permissive policy' as what,
    'They are joined by OR: the widest decides, and the plan is slow.' as why,
    pg_catalog.format('%s for %s', p.path, p.cmd) as object,
    pg_catalog.format('drop policy %I on %s', pg_catalog.min(p.policyname), p.path)
        as mend
from policies as p
group by p.path, p.cmd, p.roles
having pg_catalog.count(*) > 1;
