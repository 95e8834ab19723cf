-- A project has counts from the first moment on.
--
-- SECURITY DEFINER, owned by todo_integrity: nobody else writes app_data.task_counts.

create function app_integrity.begin_counts()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into app_data.task_counts (user_id, project_id) values (new.user_id, new.id);
    return null;
end
$$;

comment on function app_integrity.begin_counts() is
'Trigger: gives a new project its counts, all of them zero.';
grant execute on function app_integrity.begin_counts() to todo_owner;
