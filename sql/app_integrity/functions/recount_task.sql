-- A task that changed its status, its project or its being in the trash is counted
-- where it is now and no longer where it was. The space is locked since before the
-- statement (app_integrity.lock_before_write).
--
-- SECURITY DEFINER, owned by todo_integrity: nobody else writes counts.

create function app_integrity.recount_task()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_was constant text :=
        case when old.deleted_at is null then old.status else 'deleted' end;
    v_is constant text :=
        case when new.deleted_at is null then new.status else 'deleted' end;
begin
    -- Mostly it stays where it is: then one row is written, and once.
    if new.project_id = old.project_id then
        update app_data.task_counts as n
        set
            todo = n.todo - (v_was = 'todo')::integer + (v_is = 'todo')::integer,
            in_progress = n.in_progress - (v_was = 'in_progress')::integer
                + (v_is = 'in_progress')::integer,
            review = n.review - (v_was = 'review')::integer
                + (v_is = 'review')::integer,
            blocked = n.blocked - (v_was = 'blocked')::integer
                + (v_is = 'blocked')::integer,
            done = n.done - (v_was = 'done')::integer + (v_is = 'done')::integer,
            deleted = n.deleted - (v_was = 'deleted')::integer
                + (v_is = 'deleted')::integer
        where n.user_id = new.user_id and n.project_id = new.project_id;
    else
        update app_data.task_counts as n
        set
            todo = n.todo - (v_was = 'todo')::integer,
            in_progress = n.in_progress - (v_was = 'in_progress')::integer,
            review = n.review - (v_was = 'review')::integer,
            blocked = n.blocked - (v_was = 'blocked')::integer,
            done = n.done - (v_was = 'done')::integer,
            deleted = n.deleted - (v_was = 'deleted')::integer
        where n.user_id = old.user_id and n.project_id = old.project_id;
        update app_data.task_counts as n
        set
            todo = n.todo + (v_is = 'todo')::integer,
            in_progress = n.in_progress + (v_is = 'in_progress')::integer,
            review = n.review + (v_is = 'review')::integer,
            blocked = n.blocked + (v_is = 'blocked')::integer,
            done = n.done + (v_is = 'done')::integer,
            deleted = n.deleted + (v_is = 'deleted')::integer
        where n.user_id = new.user_id and n.project_id = new.project_id;
    end if;
    return null;
end
$$;

comment on function app_integrity.recount_task() is
'Trigger: counts a task where it is now, and no longer where it was.';
grant execute on function app_integrity.recount_task() to todo_owner;
