-- Puts a task and everything below it in the trash, as one act that can be taken back
-- as one (app.restore_task). What was in the trash before stays a deletion of its own.
--
-- SECURITY INVOKER: the policies decide, as for any statement of the caller.

create function app.delete_task(p_task_id uuid)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app.current_user_id();
    v_project_id uuid;
    v_count integer;
begin
    -- First the lock of the tree: its project. Then what the tree looks like.
    select t.project_id into v_project_id
    from app.tasks as t
    where t.user_id = v_user_id and t.id = p_task_id;
    if not found then
        raise exception 'there is no such task' using errcode = 'no_data_found';
    end if;
    perform from app.projects as p
    where p.user_id = v_user_id and p.id = v_project_id
    for no key update;
    -- Moved away while this waited: to go on would take locks in another order.
    perform from app.tasks as t
    where t.user_id = v_user_id and t.id = p_task_id and t.project_id = v_project_id;
    if not found then
        raise exception 'the task was moved meanwhile; try again'
            using errcode = 'serialization_failure';
    end if;

    perform set_config('app.deletion_id', app.uuid_v7()::text, true);
    with recursive subtree as (
        select t.id, t.project_id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id and t.deleted_at is null
        union all
        select c.id, c.project_id from app.tasks as c
        inner join subtree as s on c.parent_id = s.id and c.project_id = s.project_id
        where c.user_id = v_user_id and c.deleted_at is null
    )
    update app.tasks as t
    set deleted_at = now()
    from subtree as s
    where t.user_id = v_user_id and t.id = s.id;
    get diagnostics v_count = row_count;
    perform set_config('app.deletion_id', '', true);
    return v_count;
end
$$;

comment on function app.delete_task(uuid) is
'Puts a task with its subtasks in the trash and says how many rows went; 0 when it was there already, P0002 when there is no such task, 40001 when it was moved meanwhile.';
grant execute on function app.delete_task(uuid) to todo_user;
