-- Moves a task with everything below it: to another project, below another task, or to
-- the top. One statement writes the whole subtree, so that the foreign keys see it only
-- when it is complete; a move below one's own subtask is refused by them.
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
    v_user_id constant uuid := app.current_user_id();
    v_from_id uuid;
    v_depth smallint := 0;
    v_count integer;
begin
    -- Both trees are locked, always in the order of their ids: no two moves can wait
    -- for each other.
    select t.project_id into v_from_id
    from app.tasks as t
    where t.user_id = v_user_id and t.id = p_task_id;
    if not found then
        raise exception 'there is no such task' using errcode = 'no_data_found';
    end if;
    perform from app.projects as p
    where p.user_id = v_user_id and p.id in (v_from_id, p_project_id)
    order by p.id
    for no key update;
    perform from app.tasks as t
    where t.user_id = v_user_id and t.id = p_task_id and t.project_id = v_from_id;
    if not found then
        raise exception 'the task was moved meanwhile; try again'
            using errcode = 'serialization_failure';
    end if;
    if p_parent_id is not null then
        -- A parent that is not there is left to the foreign key.
        select t.depth + 1 into v_depth
        from app.tasks as t
        where t.user_id = v_user_id
        and t.project_id = p_project_id
        and t.id = p_parent_id;
        v_depth := coalesce(v_depth, 1);
    end if;

    with recursive subtree as (
        select t.id, t.project_id, t.depth, t.depth as top from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id
        union all
        select c.id, c.project_id, c.depth, s.top from app.tasks as c
        inner join subtree as s on c.parent_id = s.id and c.project_id = s.project_id
        where c.user_id = v_user_id
    )
    update app.tasks as t
    set
        project_id = p_project_id,
        parent_id = case when t.id = p_task_id then p_parent_id else t.parent_id end,
        depth = t.depth - s.top + v_depth
    from subtree as s
    where t.user_id = v_user_id and t.id = s.id;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function app.move_task(uuid, uuid, uuid) is
'Moves a task with its subtasks to a project, below a task or to the top (null), and says how many rows moved; P0002 when there is no such task, 40001 when it was moved meanwhile.';
grant execute on function app.move_task(uuid, uuid, uuid) to todo_user;
