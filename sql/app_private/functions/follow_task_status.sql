-- The status may only take the steps of app.is_task_transition, and the date of
-- completion follows it: nobody writes completed_at.

create function app_private.follow_task_status()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE'
        and not app.is_task_transition(old.status, new.status)
    then
        raise exception 'a task cannot go from % to %', old.status, left(new.status, 20)
            using errcode = 'check_violation',
            schema = 'app_data', table = 'tasks', column = 'status',
            constraint = 'tasks_status_transition_is_allowed';
    end if;
    if new.status <> 'done' then
        new.completed_at := null;
    else
        new.completed_at := now();
    end if;
    return new;
end
$$;

comment on function app_private.follow_task_status() is
'Trigger: allows only the steps of app.is_task_transition and dates the completion.';
