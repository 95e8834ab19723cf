-- No live task stands in a deleted project. Asked under the lock of the space.

create function app_integrity.check_project_is_live(p_user_id uuid, p_project_id uuid)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from app_data.projects as p
    where p.user_id = p_user_id and p.id = p_project_id and p.deleted_at is not null;
    if found then
        raise exception 'the project of this task is in the trash'
            using errcode = 'check_violation',
            schema = 'app_data', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'Restore it first, or put the task somewhere else.';
    end if;
end
$$;

comment on function app_integrity.check_project_is_live(uuid, uuid) is
'Raises 23514 if the project is in the trash.';
