-- Where a task stands below others: in its parent's project, not below itself, at most
-- four levels deep, live only below live ones. Looked at after the statement, when all
-- its rows are written, and under the lock of the space.
--
-- What is not in the project answers like what does not exist (tasks_parent_id_fkey).

create function app_integrity.check_place(
    p_user_id uuid, p_id uuid, p_project_id uuid, p_parent_id uuid, p_is_live boolean
)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_above integer := 0;
    v_below integer := 0;
    v_is_circle boolean := false;
    v_is_split boolean := false;
    v_is_buried boolean := false;
begin
    if p_parent_id is not null then
        with recursive above as (
            select t.id, t.parent_id, t.project_id, t.deleted_at, 1 as steps
            from app_data.tasks as t
            where t.user_id = p_user_id and t.id = p_parent_id
            union all
            select t.id, t.parent_id, t.project_id, t.deleted_at, a.steps + 1
            from above as a
            inner join app_data.tasks as t on t.user_id = p_user_id and t.id = a.parent_id
            where a.steps < 6 and a.id <> p_id
        )

        select
            count(*),
            bool_or(a.id = p_id),
            bool_or(a.project_id <> p_project_id),
            bool_or(a.steps = 1 and a.deleted_at is not null and p_is_live)
        into v_above, v_is_circle, v_is_split, v_is_buried
        from above as a;
    end if;

    if not v_is_circle then
        with recursive below as (
            select t.id, t.project_id, t.deleted_at, 1 as steps
            from app_data.tasks as t
            where t.user_id = p_user_id and t.parent_id = p_id
            union all
            select t.id, t.project_id, t.deleted_at, b.steps + 1
            from below as b
            inner join app_data.tasks as t on t.user_id = p_user_id and t.parent_id = b.id
            where b.steps < 6
        )

        select
            coalesce(max(b.steps), 0),
            v_is_split or coalesce(bool_or(b.project_id <> p_project_id), false),
            v_is_buried or coalesce(
                bool_or(b.steps = 1 and b.deleted_at is null and not p_is_live), false
            )
        into v_below, v_is_split, v_is_buried
        from below as b;
    end if;

    if v_is_circle or v_is_split then
        raise exception 'a task stands below another task of its project, never below itself'
            using errcode = 'foreign_key_violation',
            schema = 'app_data', table = 'tasks', constraint = 'tasks_parent_id_fkey',
            hint = 'app.move_task takes the subtasks along.';
    end if;
    if v_above + v_below > 4 then
        raise exception 'tasks stand at most four levels below another'
            using errcode = 'check_violation',
            schema = 'app_data', table = 'tasks', constraint = 'tasks_depth_is_bounded';
    end if;
    if v_is_buried then
        raise exception 'a live task would stand below a deleted one'
            using errcode = 'check_violation',
            schema = 'app_data', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'app.delete_task and app.restore_task take the subtasks along; restore a deleted parent first.';
    end if;
end
$$;

comment on function app_integrity.check_place(uuid, uuid, uuid, uuid, boolean) is
'Raises 23503 or 23514 unless the task stands in a tree of its project, at most four levels deep, live only below live ones.';
