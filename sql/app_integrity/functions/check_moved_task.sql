-- A task that was put somewhere, deleted or restored must stand well, once the
-- statement has written all its rows: app.move_task and app.delete_task write whole
-- subtrees, and a plain UPDATE that would leave half of one behind is refused.
--
-- SECURITY DEFINER, owned by todo_integrity, which may look at places but at no words.

create function app_integrity.check_moved_task()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.deleted_at is null then
        perform app_integrity.check_project_is_live(new.user_id, new.project_id);
    end if;
    perform app_integrity.check_place(
        new.user_id, new.id, new.project_id, new.parent_id, new.deleted_at is null
    );
    return null;
end
$$;

comment on function app_integrity.check_moved_task() is
'Trigger: a task that was moved, deleted or restored stands in a live and sound place.';
grant execute on function app_integrity.check_moved_task() to todo_owner;
