-- DELETE is for ever, so a person may delete only what is in the trash, and is told
-- so. What goes with its project or its person goes by the foreign keys, as the owner.

create function app_private.refuse_live_deletion()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if current_user = 'todo_user' then
        raise exception 'only what is in the trash can be deleted for ever'
            using errcode = 'check_violation',
            schema = tg_table_schema, table = tg_table_name,
            constraint = tg_table_name || '_deleted_is_in_trash',
            hint = 'app.delete_task and app.delete_project put it there.';
    end if;
    return old;
end
$$;

comment on function app_private.refuse_live_deletion() is
'Trigger: refuses to delete for ever what is not in the trash.';
