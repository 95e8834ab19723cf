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
    -- First the lock of the space, then what the tree looks like.
    v_user_id constant uuid := app_integrity.lock_space();
    v_count integer;
begin
    perform from app.tasks as t where t.user_id = v_user_id and t.id = p_task_id;
    if not found then
        raise exception 'there is no such task' using errcode = 'no_data_found';
    end if;
    perform set_config('app.deletion_id', app.uuid_v7()::text, true);
    with recursive subtree as (
        select t.id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id and t.deleted_at is null
        union all
        select c.id from app.tasks as c
        inner join subtree as s on c.parent_id = s.id
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
'Puts a task with its subtasks in the trash and says how many rows went; 0 when it was there already; P0002 when there is no such task.';
grant execute on function app.delete_task(uuid) to todo_user;
