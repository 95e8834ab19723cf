-- No live task stands below a deleted one. Looked at after the statement, when all its
-- rows are written: app.delete_task and app.restore_task write whole subtrees, and a
-- plain UPDATE that would leave half of one behind is refused.

create function app_private.check_task_trash()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.deleted_at is null then
        perform from app.tasks as t
        where t.user_id = new.user_id
        and t.project_id = new.project_id
        and t.id = new.parent_id
        and t.deleted_at is not null;
    else
        perform from app.tasks as t
        where t.user_id = new.user_id
        and t.project_id = new.project_id
        and t.parent_id = new.id
        and t.deleted_at is null;
    end if;
    if found then
        raise exception 'a live task would stand below a deleted one'
            using errcode = 'check_violation',
            schema = 'app', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'app.delete_task and app.restore_task take the subtasks along; restore a deleted parent first.';
    end if;
    return null;
end
$$;

comment on function app_private.check_task_trash() is
'Trigger: no live task below a deleted one.';
