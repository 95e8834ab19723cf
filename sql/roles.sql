-- Roles: who exists, and who may become whom.
--
-- Roles belong to the whole server, not to one database, so this file may meet them
-- already there and only brings them to the state written here. It needs no superuser:
-- CREATEROLE is enough, which is what Neon and most hosts give. A role that was made
-- in a host's console may carry BYPASSRLS; one that was made here never does.
--
--   todo_owner      owns what is in app and app_private; nobody logs in as it
--   todo_registrar  owns app_auth, whose functions sign people up and log them in; no
--                   role of the backend may become it, whoever migrates may
--   todo_integrity  owns the triggers that keep counts and trees; sees places, no words
--   todo_searcher   owns app.search_tasks, which reads an index across spaces; no more
--   todo_app        what the backend logs in as; it holds no privilege of its own
--   todo_user       one person in the person's own space; row-level security decides
--   todo_auth       a request without a person yet; may call sign-up and log-in only
--   todo_monitor    what the exporter logs in as: sees statistics, no row of anybody

do $$
declare
    v_role text;
begin
    foreach v_role in array array[
        'todo_owner', 'todo_registrar', 'todo_integrity', 'todo_searcher',
        'todo_app', 'todo_user', 'todo_auth', 'todo_monitor'
    ] loop
        if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
            execute format('create role %I nologin noinherit', v_role);
        end if;
        -- Only a superuser may name SUPERUSER, REPLICATION and BYPASSRLS at all, so a
        -- wrong role is refused here by name instead of being mended in silence.
        if exists (
            select from pg_catalog.pg_roles
            where rolname = v_role and (rolsuper or rolbypassrls or rolreplication)
        ) then
            raise exception 'role % is SUPERUSER, REPLICATION or BYPASSRLS', v_role
                using hint = 'Row-level security would not hold. Drop the role, then run this again.';
        end if;
    end loop;
end
$$;

alter role todo_owner nologin noinherit nocreatedb nocreaterole;
alter role todo_registrar nologin noinherit nocreatedb nocreaterole;
alter role todo_integrity nologin noinherit nocreatedb nocreaterole;
alter role todo_searcher nologin noinherit nocreatedb nocreaterole;
alter role todo_user nologin noinherit nocreatedb nocreaterole;
alter role todo_auth nologin noinherit nocreatedb nocreaterole;
-- It has no password yet, so nobody can log in: `make credentials` sets one.
alter role todo_app login noinherit nocreatedb nocreaterole;
-- It inherits pg_monitor, where `make monitor-login` may give it: not every host lets
-- whoever migrates do so. That command sets its password, too.
alter role todo_monitor login inherit nocreatedb nocreaterole connection limit 5;
alter role todo_monitor set default_transaction_read_only = on;
alter role todo_monitor set statement_timeout = '10s';
alter role todo_monitor set lock_timeout = '1s';

-- No plan_cache_mode: the runtime's statements are not prepared, so that each is
-- planned for its user anyway, while forcing it would plan every foreign key and
-- trigger anew, which cost a single insert 0.1 to 0.2 ms.
-- A lost client must not hold locks, and a bad query must not hold a connection.
alter role todo_app set statement_timeout = '15s';
alter role todo_app set lock_timeout = '5s';
alter role todo_app set idle_in_transaction_session_timeout = '30s';

-- Membership means SET ROLE and nothing else. PostgreSQL 16 says so in the grant; 15
-- has only the NOINHERIT of the member.
do $$
declare
    v_with text := '';
begin
    if current_setting('server_version_num')::integer >= 160000 then
        v_with := ' with inherit false, set true';
    end if;
    execute 'grant todo_user to todo_app' || v_with;
    execute 'grant todo_auth to todo_app' || v_with;
    -- Whoever migrates makes objects as their owners, hence must be able to become
    -- them. A superuser is, anyway.
    if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        execute format('grant todo_owner to %I', current_user)
        || case when v_with = '' then '' else ' with inherit true, set true' end;
        execute format('grant todo_registrar to %I', current_user)
        || case when v_with = '' then '' else ' with inherit true, set true' end;
        execute format('grant todo_integrity to %I', current_user)
        || case when v_with = '' then '' else ' with inherit true, set true' end;
        execute format('grant todo_searcher to %I', current_user)
        || case when v_with = '' then '' else ' with inherit true, set true' end;
    end if;
end
$$;

comment on role todo_owner is
'Owns what is in the schemas app and app_private. Nobody logs in as it.';
comment on role todo_registrar is
'Owns schema app_auth, whose functions run as it. Nobody logs in as it; no role of the backend may become it.';
comment on role todo_integrity is
'Owns the triggers that keep counts and trees. Sees places and states, no words.';
comment on role todo_searcher is
'Owns app.search_tasks, which finds words in the tasks of who asks. Nobody logs in as it.';
comment on role todo_app is
'What the backend logs in as. Holds no privilege: per transaction it becomes another.';
comment on role todo_user is
'One person in the person''s own space: sees and writes only rows of that space.';
comment on role todo_auth is
'A request that has no person yet: may call the sign-up and log-in functions only.';
comment on role todo_monitor is
'What the exporter logs in as. Sees the server''s statistics, and no row of anybody.';
