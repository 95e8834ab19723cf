-- Takes back 0001_create_roles.

set local lock_timeout = '2s';

-- Roles belong to the whole server: one that another database still uses stays.
do $$
declare
    v_role text;
begin
    foreach v_role in array array[
        'todo_app', 'todo_user', 'todo_auth', 'todo_registrar', 'todo_owner'
    ] loop
        begin
            execute format('drop role %I', v_role);
        exception when dependent_objects_still_exist then
            raise notice 'role % stays: another database of this server uses it', v_role;
        end;
    end loop;
end
$$;
