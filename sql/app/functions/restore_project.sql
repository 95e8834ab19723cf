-- Takes a project out of the trash with the tasks that went there with it, and none
-- that had been deleted before.
--
-- SECURITY INVOKER: the policies decide, as for any statement of the caller.

create function app.restore_project(p_project_id uuid)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app_integrity.lock_space();
    v_deletion_id uuid;
    v_count integer;
begin
    select p.deletion_id into v_deletion_id
    from app.projects as p
    where p.user_id = v_user_id and p.id = p_project_id;
    if not found then
        raise exception 'there is no such project' using errcode = 'no_data_found';
    end if;
    if v_deletion_id is null then
        return 0;
    end if;
    update app.projects as p
    set deleted_at = null
    where p.user_id = v_user_id and p.id = p_project_id;
    update app.tasks as t
    set deleted_at = null
    where t.user_id = v_user_id
    and t.project_id = p_project_id
    and t.deletion_id = v_deletion_id;
    get diagnostics v_count = row_count;
    return v_count + 1;
end
$$;

comment on function app.restore_project(uuid) is
'Takes a project out of the trash with what was deleted together with it and says how many rows came back; 0 when it was not there, P0002 when there is no such project.';
grant execute on function app.restore_project(uuid) to todo_user;
