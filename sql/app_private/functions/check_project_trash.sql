-- No live task stands in a deleted project: app.delete_project takes them along.

create function app_private.check_project_trash()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from app.tasks as t
    where t.user_id = new.user_id
    and t.project_id = new.id
    and t.deleted_at is null;
    if found then
        raise exception 'live tasks would stand in a deleted project'
            using errcode = 'check_violation',
            schema = 'app', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'app.delete_project takes the tasks along.';
    end if;
    return null;
end
$$;

comment on function app_private.check_project_trash() is
'Trigger: no live task in a deleted project.';
