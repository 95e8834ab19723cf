-- UPDATE has USING and WITH CHECK.
--
-- severity: stop
-- about: schema
-- fault: drop policy tags_update_user on app_data.tags
-- fault: create policy tags_update_user on app_data.tags for update to todo_user using ((select app.current_space_mask())[space_number] is not null and user_id = app.current_user_id() and user_id = (select app.current_user_id()))

select
    'one of USING and WITH CHECK is absent' as what,
    'A row could be given away, or taken.' as why,
    pg_catalog.format('%s: policy %I', p.path, p.policyname) as object,
    pg_catalog.format(
        'alter policy %I on %s with check (user_id = (select app.current_user_id()))',
        p.policyname,
        p.path
    ) as mend
from policies as p
where p.cmd = 'UPDATE' and (p.qual is null or p.with_check is null);
