-- `app` is what the application may see, `app_data` holds the tables behind it,
-- `app_private` is what it may not see at all. `app_auth`
-- and `app_integrity` belong to the two roles that own them.
-- Whatever is made in them later starts closed: PUBLIC gets nothing by default.

create schema app authorization todo_owner;
comment on schema app is
'What the application sees: tables, functions and views, all under row-level security.';

create schema app_data authorization todo_owner;
comment on schema app_data is
'The tables. The backend may not name them: it reads and writes through the views of app.';

create schema app_private authorization todo_owner;
comment on schema app_private is
'What the application never sees: signing keys and the bodies behind triggers.';

create schema app_auth authorization todo_registrar;
comment on schema app_auth is
'Accounts: what signs people up and lets them in, and says who is admitted.';

create schema app_integrity authorization todo_integrity;
comment on schema app_integrity is
'What rows imply, kept by triggers: locks, counts, trees.';

-- New functions would be executable by PUBLIC, new types usable by PUBLIC.
alter default privileges for role todo_owner revoke execute on functions from public;
alter default privileges for role todo_owner revoke usage on types from public;
alter default privileges for role todo_registrar
revoke execute on functions from public;
alter default privileges for role todo_integrity
revoke execute on functions from public;
alter default privileges for role todo_searcher
revoke execute on functions from public;
alter default privileges for role todo_registrar
revoke usage on types from public;

-- PUBLIC may connect to a new database and make temporary tables in it. Neither is
-- wanted: a temporary function or table is a place to shadow a name from.
do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format(
        'grant connect on database %I to todo_app, todo_monitor', current_database()
    );
end
$$;
revoke all on schema public from public;

grant usage on schema app to todo_user, todo_registrar;
grant usage on schema app_private to todo_registrar;
grant usage on schema app_auth to todo_auth, todo_owner;
grant usage on schema app to todo_integrity, todo_searcher;
-- Not to todo_user: what cannot be named cannot be read but through its view.
grant usage on schema app_data to todo_registrar, todo_integrity, todo_searcher;
grant usage on schema app_integrity to todo_owner, todo_user;
