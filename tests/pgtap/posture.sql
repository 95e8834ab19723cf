-- Rules that hold for every table, policy and function, read from the catalogue: what is added later is held to them as well.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create temporary view ours as
select c.oid, c.relname, n.nspname, c.relkind, c.relrowsecurity, c.relforcerowsecurity
from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where n.nspname = 'app';

select isnt_empty('select 1 from ours where relkind = ''r''', 'there are tables to look at');
select is_empty(
    $$
    select c.oid::regclass from pg_class as c
    where c.relnamespace in ('app'::regnamespace, 'app_auth'::regnamespace)
    and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
    $$,
    'row-level security is enabled and forced on every table of app and app_auth'
);
select is_empty(
    $$ select relname from ours where relkind in ('m', 'f') $$,
    'there is no materialized view and no foreign table: neither knows policies'
);
select is_empty(
    $$
    select c.relname from pg_class as c inner join ours using (oid)
    where c.relkind = 'v'
    and not coalesce('security_invoker=true' = any(c.reloptions), false)
    $$,
    'every view asks as its caller'
);
select is_empty(
    $$
    select c.oid::regclass, a.grantee::regrole, a.privilege_type
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    cross join lateral aclexplode(c.relacl) as a
    where n.nspname in ('app', 'app_auth', 'app_integrity', 'app_private')
    and a.grantee <> c.relowner
    and (
        a.grantee = 0
        or a.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        or a.is_grantable
        or n.nspname in ('app_auth', 'app_private')
    )
    $$,
    'nobody has TRUNCATE, REFERENCES, TRIGGER or MAINTAIN, PUBLIC has nothing, nothing can be passed on, app_auth and app_private are closed'
);
select is_empty(
    $$
    select c.oid::regclass, a.grantee::regrole, a.privilege_type
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    cross join lateral aclexplode(c.relacl) as a
    where n.nspname = 'app' and a.grantee <> c.relowner
    and a.privilege_type in ('INSERT', 'UPDATE')
    $$,
    'INSERT and UPDATE are granted by column only'
);
select is_empty(
    $$
    select c.relname, t.attname, r.rolname
    from ours as c
    inner join pg_attribute as t on c.oid = t.attrelid and t.attnum > 0
    cross join (values ('todo_user'), ('todo_auth'), ('todo_app')) as r (rolname)
    where c.relkind in ('r', 'p') and not t.attisdropped
    and has_column_privilege(r.rolname, c.oid, t.attnum, 'update')
    and (
        t.attname in ('user_id', 'created_by', 'created_at', 'updated_at', 'version')
        or (t.attname = 'id')
    )
    $$,
    'owner, id, maker and dates of a row cannot be rewritten'
);
select is_empty(
    $$ select relname from ours where relkind = 'S' $$,
    'there is no sequence, which would tell how many rows others make'
);
select is_empty(
    $$
    select c.oid::regclass::text, a.grantee::regrole, a.privilege_type
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    cross join lateral aclexplode(c.relacl) as a
    where n.nspname in ('app', 'app_auth', 'app_integrity', 'app_private')
    and a.grantee in ('todo_app'::regrole, 'todo_auth'::regrole)
    union all
    select c.oid::regclass || '.' || t.attname, a.grantee::regrole, a.privilege_type
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    inner join pg_attribute as t on c.oid = t.attrelid
    cross join lateral aclexplode(t.attacl) as a
    where n.nspname in ('app', 'app_auth', 'app_integrity', 'app_private')
    and a.grantee in ('todo_app'::regrole, 'todo_auth'::regrole, 0)
    $$,
    'todo_app and todo_auth are granted no table and no column'
);
select results_eq(
    $$
    select (c.relname || ': ' || string_agg(t.attname, ', ' order by t.attname))
        collate "default"
    from ours as c
    inner join pg_attribute as t on c.oid = t.attrelid and t.attnum > 0
    where c.relkind in ('r', 'p') and not t.attisdropped
    and has_column_privilege('todo_user', c.oid, t.attnum, 'update')
    group by c.relname order by c.relname
    $$,
    array[
        'projects: archived_at, colour, deleted_at, is_favourite, name, position',
        'tags: colour, name',
        'tasks: assignee_id, deleted_at, description, due_date,'
        ' due_time, due_tz, parent_id, position, priority, project_id, start_date,'
        ' status, title',
        'user_preferences: language, notifies_by_email, notifies_by_push,'
        ' profile_visibility, theme, week_starts_on',
        'users: first_name, last_name, time_zone'
    ],
    'a person may update these columns and no others'
);
select results_eq(
    $$
    select (c.relname || ': ' || string_agg(t.attname, ', ' order by t.attname))
        collate "default"
    from pg_class as c
    inner join pg_attribute as t on c.oid = t.attrelid and t.attnum > 0
    where c.relnamespace::regnamespace::text in ('app', 'app_auth', 'app_integrity', 'app_private')
    and c.relkind in ('r', 'p') and not t.attisdropped
    and not t.attnotnull
    group by c.relname order by c.relname
    $$,
    array[
        'projects: archived_at, deleted_at, deletion_id',
        'refresh_tokens: successor_hash',
        'signing_keys: retired_at',
        'tasks: assignee_id, completed_at, deleted_at, deletion_id, due_at, due_date,'
        ' due_time, due_tz, parent_id, start_date',
        'users: email_verified_at, last_login_at, tokens_valid_since'
    ],
    'these columns may be null and no others'
);
-- Policies
select is_empty(
    $$
    select tablename, policyname from pg_policies
    where schemaname in ('app', 'app_auth')
    and (roles = '{public}' or cmd = 'ALL' or permissive <> 'PERMISSIVE'
        or array_length(roles, 1) <> 1)
    $$,
    'every policy names one role and one command'
);
select is_empty(
    $$
    select tablename, cmd, roles from pg_policies
    where schemaname in ('app', 'app_auth')
    group by tablename, cmd, roles having count(*) > 1
    $$,
    'there is one policy per table, command and role: two would be joined by OR'
);
select is_empty(
    $$
    select tablename, policyname from pg_policies
    where schemaname in ('app', 'app_auth')
    and policyname <> tablename || '_' || lower(cmd) || '_' || substr(roles[1], 6)
    $$,
    'a policy is called <table>_<command>_<who>'
);
select is_empty(
    $$
    select tablename, policyname from pg_policies
    where schemaname in ('app', 'app_auth') and cmd = 'UPDATE' and (qual is null or with_check is null)
    $$,
    'UPDATE has USING and WITH CHECK'
);
select is_empty(
    $$
    select tablename, policyname from pg_policies
    where schemaname = 'app' and roles = '{todo_user}'
    and (
        qual !~ '^\(\((user_)?id = app\.current_user_id\(\)\) AND \((user_)?id = \( SELECT app\.current_user_id\(\) AS current_user_id\)\)\)$'
        or with_check !~ '^\((user_)?id = \( SELECT app\.current_user_id\(\) AS current_user_id\)\)$'
    )
    $$,
    'todo_user is held to the own space: bare and as a subquery in USING, as a subquery in WITH CHECK'
);
select is_empty(
    $$
    select tablename, policyname from pg_policies
    where schemaname in ('app', 'app_auth', 'app_integrity', 'app_private')
    and roles && '{todo_app,todo_auth,public}'::name[]
    $$,
    'no policy lets todo_app or todo_auth reach a row'
);
-- Functions
select is_empty(
    $$
    select p.oid::regprocedure from pg_proc as p
    inner join pg_namespace as n on p.pronamespace = n.oid
    where n.nspname in ('app', 'app_auth', 'app_integrity', 'app_private')
    and not coalesce('search_path=pg_catalog, pg_temp' = any(p.proconfig), false)
    -- Names in a body of the SQL standard's form are bound when it is made.
    and (p.prosqlbody is null or p.prosecdef)
    $$,
    'every function fixes its search_path, or has bound its names'
);
select is_empty(
    $$
    select p.oid::regprocedure, a.grantee from pg_proc as p
    inner join pg_namespace as n on p.pronamespace = n.oid
    cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
    where n.nspname in ('app', 'app_auth', 'app_integrity', 'app_private')
    and (a.grantee = 0 or (a.is_grantable and a.grantee <> p.proowner))
    $$,
    'PUBLIC may execute no function'
);
select set_eq(
    $$
    select p.proname::text || ' as ' || p.proowner::regrole::text from pg_proc as p
    inner join pg_namespace as n on p.pronamespace = n.oid
    where n.nspname in ('app', 'app_auth', 'app_integrity', 'app_private') and p.prosecdef
    $$,
    array[
        'current_user_id as todo_owner', 'require_scope as todo_owner',
        'decoy_hash as todo_owner', 'is_admitted as todo_registrar',
        'lock_space as todo_integrity', 'lock_before_write as todo_integrity',
        'open_space as todo_integrity', 'begin_counts as todo_integrity',
        'count_tasks as todo_integrity', 'recount_task as todo_integrity',
        'check_moved_task as todo_integrity',
        'check_emptied_project as todo_integrity',
        'sign_up as todo_registrar', 'verify_email as todo_registrar',
        'find_login as todo_registrar', 'log_in as todo_registrar',
        'rotate_refresh_token as todo_registrar', 'find_sign_up as todo_registrar', 'log_out as todo_registrar',
        'request_reset as todo_registrar', 'reset_password as todo_registrar'
    ],
    'these functions and no others run as their owner'
);
select is_empty(
    $$
    select p.oid::regprocedure from pg_proc as p
    inner join pg_namespace as n on p.pronamespace = n.oid
    where n.nspname = 'app_private'
    and (has_function_privilege('todo_user', p.oid, 'execute')
        or has_function_privilege('todo_auth', p.oid, 'execute')
        or has_function_privilege('todo_app', p.oid, 'execute'))
    $$,
    'the backend can call nothing in app_private'
);
-- Keys
select is_empty(
    $$
    select i.indexrelid::regclass
    from pg_index as i inner join ours as c on i.indrelid = c.oid
    inner join pg_attribute as a on c.oid = a.attrelid and a.attnum = i.indkey[0]
    where i.indisunique and a.attname <> 'user_id' and c.relname <> 'users'
    $$,
    'every unique key is led by the space: no duplicate can tell of another''s row'
);
select is_empty(
    $$
    select con.conrelid::regclass, con.conname
    from pg_constraint as con inner join ours as c on con.conrelid = c.oid
    where con.contype = 'f'
    and not exists (
        select from pg_attribute as a
        where a.attrelid = con.conrelid and a.attname = 'user_id' and a.attnum = any(con.conkey)
    )
    $$,
    'every foreign key contains the space: a reference to another''s row cannot be written'
);
select is_empty(
    $$
    select con.conrelid::regclass, con.conname
    from pg_constraint as con inner join ours as c on con.conrelid = c.oid
    where con.contype = 'f'
    and not exists (
        select from pg_index as i
        where i.indrelid = con.conrelid
        and (i.indkey::smallint[])[0:cardinality(con.conkey) - 1] @> con.conkey
    )
    and not exists (
        -- A child that has its parent's key in front finds its rows by that.
        select from pg_index as i
        where i.indrelid = con.conrelid
        and (i.indkey::smallint[])[0:cardinality(con.conkey) - 1] <@ con.conkey
    )
    $$,
    'every foreign key has an index'
);
select is_empty(
    $$
    select con.conrelid::regclass, con.conname from pg_constraint as con
    inner join pg_namespace as n on con.connamespace = n.oid
    where n.nspname in ('app', 'app_auth', 'app_integrity', 'app_private')
    and con.contype = 'c'
    and con.conname !~ ('^' || con.conrelid::regclass::text::text || '_')
    and con.conname not like (select c.relname || '\_%' from pg_class as c where c.oid = con.conrelid)
    $$,
    'every check is named as a sentence about its table'
);
-- Documentation
select is_empty(
    $$
    select c.oid::regclass::text from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname in ('app', 'app_auth', 'app_integrity', 'app_private') and c.relkind in ('r', 'p', 'v')
    and obj_description(c.oid, 'pg_class') is null
    union all
    select c.oid::regclass || '.' || a.attname from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0
    where n.nspname in ('app', 'app_auth', 'app_integrity', 'app_private') and c.relkind in ('r', 'p', 'v')
    and not a.attisdropped and col_description(c.oid, a.attnum) is null
    union all
    select p.oid::regprocedure::text from pg_proc as p
    inner join pg_namespace as n on p.pronamespace = n.oid
    where n.nspname in ('app', 'app_auth', 'app_integrity', 'app_private') and obj_description(p.oid, 'pg_proc') is null
    union all
    select i.indexrelid::regclass::text from pg_index as i
    inner join pg_class as c on i.indexrelid = c.oid
    inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname in ('app', 'app_auth') and not i.indisprimary
    and obj_description(i.indexrelid, 'pg_class') is null
    $$,
    'every table, column, function and index says what it is for'
);

select * from finish();
rollback;
