-- Acts on a whole subtree or project.
-- depends: 0008_create_tags

set local lock_timeout = '2s';
set local role todo_owner;

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
    v_deletion_id constant uuid := app.uuid_v7();
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

    with recursive subtree as (
        select t.id, t.project_id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id and t.deleted_at is null
        union all
        select c.id, c.project_id from app.tasks as c
        inner join subtree as s on c.parent_id = s.id and c.project_id = s.project_id
        where c.user_id = v_user_id and c.deleted_at is null
    )
    update app.tasks as t
    set deleted_at = now(), deletion_id = v_deletion_id
    from subtree as s
    where t.user_id = v_user_id and t.id = s.id;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function app.delete_task(uuid) is
'Puts a task with its subtasks in the trash and says how many rows went; 0 when it was there already, P0002 when there is no such task, 40001 when it was moved meanwhile.';
grant execute on function app.delete_task(uuid) to todo_user;

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
    v_user_id constant uuid := app.current_user_id();
    v_project_id uuid;
    v_count integer;
begin
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

    with recursive subtree as (
        select t.id, t.project_id, t.deletion_id from app.tasks as t
        where t.user_id = v_user_id and t.id = p_task_id and t.deleted_at is not null
        union all
        select c.id, c.project_id, c.deletion_id from app.tasks as c
        inner join subtree as s
        on c.parent_id = s.id and c.project_id = s.project_id
        and c.deletion_id = s.deletion_id
        where c.user_id = v_user_id
    )
    update app.tasks as t
    set deleted_at = null, deletion_id = null
    from subtree as s
    where t.user_id = v_user_id and t.id = s.id;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function app.restore_task(uuid) is
'Takes a task out of the trash with what was deleted together with it and says how many rows came back; 0 when it was not there, P0002 when there is no such task, 40001 when it was moved meanwhile.';
grant execute on function app.restore_task(uuid) to todo_user;

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
    v_user_id constant uuid := app.current_user_id();
    v_deletion_id constant uuid := app.uuid_v7();
    v_deleted_at timestamptz;
    v_count integer;
begin
    select p.deleted_at into v_deleted_at
    from app.projects as p
    where p.user_id = v_user_id and p.id = p_project_id
    for no key update;
    if not found then
        raise exception 'there is no such project' using errcode = 'no_data_found';
    end if;
    if v_deleted_at is not null then
        return 0;
    end if;
    update app.tasks as t
    set deleted_at = now(), deletion_id = v_deletion_id
    where t.user_id = v_user_id
    and t.project_id = p_project_id
    and t.deleted_at is null;
    get diagnostics v_count = row_count;
    update app.projects as p
    set deleted_at = now(), deletion_id = v_deletion_id
    where p.user_id = v_user_id and p.id = p_project_id;
    return v_count + 1;
end
$$;

comment on function app.delete_project(uuid) is
'Puts a project with its tasks in the trash and says how many rows went; 0 when it was there already, P0002 when there is no such project.';
grant execute on function app.delete_project(uuid) to todo_user;

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
    v_user_id constant uuid := app.current_user_id();
    v_deletion_id uuid;
    v_count integer;
begin
    select p.deletion_id into v_deletion_id
    from app.projects as p
    where p.user_id = v_user_id and p.id = p_project_id
    for no key update;
    if not found then
        raise exception 'there is no such project' using errcode = 'no_data_found';
    end if;
    if v_deletion_id is null then
        return 0;
    end if;
    update app.projects as p
    set deleted_at = null, deletion_id = null
    where p.user_id = v_user_id and p.id = p_project_id;
    update app.tasks as t
    set deleted_at = null, deletion_id = null
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

reset role;
