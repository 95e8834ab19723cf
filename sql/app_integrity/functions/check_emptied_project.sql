-- A project that goes to the trash holds no live task: app.delete_project takes them
-- along. The counts know, and whoever adds a task at this moment holds their lock.
--
-- SECURITY DEFINER, owned by todo_integrity: a lock needs the right to update.

create function app_integrity.check_emptied_project()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from app_data.spaces as s where s.user_id = new.user_id for no key update;
    perform from app_data.task_counts as n
    where n.user_id = new.user_id
    and n.project_id = new.id
    and n.todo + n.in_progress + n.review + n.blocked + n.done > 0;
    if found then
        raise exception 'live tasks would stand in a deleted project'
            using errcode = 'check_violation',
            schema = 'app_data', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'app.delete_project takes the tasks along.';
    end if;
    return null;
end
$$;

comment on function app_integrity.check_emptied_project() is
'Trigger: no live task in a project that goes to the trash.';
grant execute on function app_integrity.check_emptied_project() to todo_owner;
