-- Moves a task with everything below it: to another project, below another task, or to
-- the top. One statement writes what changes, and its place is looked at when that is
-- complete (app_integrity.check_moved_task); within a project only the task itself is
-- written.
--
-- SECURITY INVOKER: the policies decide, as for any statement of the caller.

create function app.move_task(
    p_task_id uuid, p_project_id uuid, p_parent_id uuid default null
)
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
        select t.id, t.project_id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id
        union all
        select c.id, c.project_id from app.tasks as c
        inner join subtree as s on c.parent_id = s.id
        where c.user_id = v_user_id and c.project_id <> p_project_id
    )
    update app.tasks as t
    set
        project_id = p_project_id,
        parent_id = case when t.id = p_task_id then p_parent_id else t.parent_id end
    from subtree as s
    where t.user_id = v_user_id and t.id = s.id;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function app.move_task(uuid, uuid, uuid) is
'Moves a task with its subtasks to a project, below a task or to the top (null), and says how many rows it wrote; P0002 when there is no such task.';
grant execute on function app.move_task(uuid, uuid, uuid) to todo_user;
