-- Takes back one deletion: the task and what went to the trash with it, and nothing
-- that had been there before. Below a parent or project that is still in the trash it
-- is refused (tasks_place_is_not_deleted), not put somewhere else without being asked.
--
-- SECURITY INVOKER: the policies decide, as for any statement of the caller.

create function app.restore_task(p_task_id uuid)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    -- First the lock of the space, then what the tree looks like.
    v_user_id constant uuid := app_integrity.lock_space();
    v_count integer;
begin
    perform from app.tasks as t where t.user_id = v_user_id and t.id = p_task_id;
    if not found then
        raise exception 'there is no such task' using errcode = 'no_data_found';
    end if;
    with recursive subtree as (
        select t.id, t.deletion_id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id and t.deleted_at is not null
        union all
        select c.id, c.deletion_id from app.tasks as c
        inner join subtree as s on c.parent_id = s.id and c.deletion_id = s.deletion_id
        where c.user_id = v_user_id
    )
    update app.tasks as t
    set deleted_at = null
    from subtree as s
    where t.user_id = v_user_id and t.id = s.id;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function app.restore_task(uuid) is
'Takes a task out of the trash with what was deleted together with it and says how many rows came back; 0 when it was not there; P0002 when there is no such task.';
grant execute on function app.restore_task(uuid) to todo_user;
