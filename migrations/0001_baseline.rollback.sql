-- Takes back 0001_baseline: everything, and every row with it.

set local lock_timeout = '2s';

set local role todo_registrar;
drop schema app_auth cascade;
reset role;

set local role todo_owner;
drop schema app_private cascade;
drop schema app cascade;
drop schema app_data cascade;
reset role;
set local role todo_integrity;
drop schema app_integrity cascade;
reset role;

alter default privileges for role todo_owner grant execute on functions to public;
alter default privileges for role todo_owner grant usage on types to public;
alter default privileges for role todo_registrar grant execute on functions to public;
alter default privileges for role todo_integrity grant execute on functions to public;
alter default privileges for role todo_searcher grant execute on functions to public;
alter default privileges for role todo_registrar grant usage on types to public;

do $$
begin
    execute format(
        'revoke connect on database %I from todo_app, todo_monitor', current_database()
    );
    execute format(
        'grant connect, temporary on database %I to public', current_database()
    );
end
$$;
grant usage on schema public to public;

-- Roles belong to the whole server: one that another database still uses stays.
do $$
declare
    v_role text;
begin
    foreach v_role in array array[
        'todo_app', 'todo_user', 'todo_auth', 'todo_monitor', 'todo_searcher',
        'todo_registrar',
        'todo_integrity', 'todo_owner'
    ] loop
        begin
            execute format('drop role %I', v_role);
        exception when dependent_objects_still_exist then
            raise notice 'role % stays: another database of this server uses it', v_role;
        end;
    end loop;
end
$$;
