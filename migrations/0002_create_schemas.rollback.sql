-- Takes back 0002_create_schemas.

set local lock_timeout = '2s';

drop schema app_private;
drop schema app;

alter default privileges for role todo_owner grant execute on functions to public;
alter default privileges for role todo_owner grant usage on types to public;
alter default privileges for role todo_registrar grant execute on functions to public;

do $$
begin
    execute format('revoke connect on database %I from todo_app', current_database());
    execute format(
        'grant connect, temporary on database %I to public', current_database()
    );
end
$$;
grant usage on schema public to public;
