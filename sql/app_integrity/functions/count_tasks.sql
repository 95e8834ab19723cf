-- Tasks that came or went are counted once per statement, under the lock of their
-- space; then the places of new ones are looked at, which by now nobody can change.
--
-- SECURITY DEFINER, owned by todo_integrity: nobody else writes counts. It is called
-- after the statement, hence for rows that the policies have let pass.

create function app_integrity.count_tasks()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_sign constant integer := case tg_op when 'INSERT' then 1 else -1 end;
    v_group record;
    v_task record;
    v_is_deleted boolean;
begin
    for v_group in
        select
            c.user_id,
            c.project_id,
            count(*)::integer as tasks,
            (count(*) filter (where c.state = 'todo'))::integer as todo,
            (count(*) filter (where c.state = 'in_progress'))::integer as in_progress,
            (count(*) filter (where c.state = 'review'))::integer as review,
            (count(*) filter (where c.state = 'blocked'))::integer as blocked,
            (count(*) filter (where c.state = 'done'))::integer as done,
            (count(*) filter (where c.state = 'deleted'))::integer as deleted,
            bool_or(c.parent_id is not null) as has_parents
        from (
            select
                t.user_id, t.project_id, t.parent_id,
                case when t.deleted_at is null then t.status else 'deleted' end as state
            from changed as t
        ) as c
        group by c.user_id, c.project_id
        order by c.user_id, c.project_id
    loop
        update app_data.spaces as s
        set task_count = s.task_count + v_sign * v_group.tasks
        where s.user_id = v_group.user_id;
        update app_data.task_counts as n
        set
            todo = n.todo + v_sign * v_group.todo,
            in_progress = n.in_progress + v_sign * v_group.in_progress,
            review = n.review + v_sign * v_group.review,
            blocked = n.blocked + v_sign * v_group.blocked,
            done = n.done + v_sign * v_group.done,
            deleted = n.deleted + v_sign * v_group.deleted
        from app_data.projects as p
        where n.user_id = v_group.user_id and n.project_id = v_group.project_id
        and p.user_id = n.user_id and p.id = n.project_id
        returning p.deleted_at is not null into v_is_deleted;

        continue when tg_op = 'DELETE';
        if v_is_deleted and v_group.tasks > v_group.deleted then
            perform app_integrity.check_project_is_live(
                v_group.user_id, v_group.project_id
            );
        end if;
        if v_group.has_parents then
            for v_task in
                select c.* from changed as c
                where c.user_id = v_group.user_id
                and c.project_id = v_group.project_id
                and c.parent_id is not null
            loop
                perform app_integrity.check_place(
                    v_task.user_id, v_task.id, v_task.project_id, v_task.parent_id,
                    v_task.deleted_at is null
                );
            end loop;
        end if;
    end loop;
    return null;
end
$$;

comment on function app_integrity.count_tasks() is
'Trigger: counts the tasks that a statement inserted or deleted, and looks at the places of new ones.';
grant execute on function app_integrity.count_tasks() to todo_owner;
