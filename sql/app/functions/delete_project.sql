-- Puts a project and its live tasks in the trash as one act. The inbox stays
-- (projects_inbox_stays).
--
-- SECURITY INVOKER: the policies decide, as for any statement of the caller.

create function app.delete_project(p_project_id uuid)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app_integrity.lock_space();
    v_deleted_at timestamptz;
    v_count integer;
begin
    select p.deleted_at into v_deleted_at
    from app.projects as p
    where p.user_id = v_user_id and p.id = p_project_id;
    if not found then
        raise exception 'there is no such project' using errcode = 'no_data_found';
    end if;
    if v_deleted_at is not null then
        return 0;
    end if;
    perform set_config('app.deletion_id', app.uuid_v7()::text, true);
    update app.tasks as t
    set deleted_at = now()
    where t.user_id = v_user_id
    and t.project_id = p_project_id
    and t.deleted_at is null;
    get diagnostics v_count = row_count;
    update app.projects as p
    set deleted_at = now()
    where p.user_id = v_user_id and p.id = p_project_id;
    perform set_config('app.deletion_id', '', true);
    return v_count + 1;
end
$$;

comment on function app.delete_project(uuid) is
'Puts a project with its tasks in the trash and says how many rows went; 0 when it was there already, P0002 when there is no such project.';
grant execute on function app.delete_project(uuid) to todo_user;
