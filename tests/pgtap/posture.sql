-- Every rule of sql/lints/ holds: for what is there and for what is added later. Beside
-- them stand the lists that are this schema's own: who may change which column, which
-- columns may be null, which functions run as their owner.
--
-- tests/python/tools/test_lints.py shows that each rule finds a fault.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select isnt_empty('select 1 from lints', 'there are rules');
select is_empty(sql, page) from lints where about = 'schema' order by key;

select results_eq(
    $$
    select (c.relname || ': ' || string_agg(t.attname, ', ' order by t.attname))
        collate "default"
    from pg_class as c
    inner join pg_attribute as t on c.oid = t.attrelid and t.attnum > 0
    where c.relnamespace = 'app_data'::regnamespace
    and c.relkind in ('r', 'p') and not t.attisdropped
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
    where c.relnamespace::regnamespace::text in ('app', 'app_auth', 'app_data', 'app_integrity', 'app_private')
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
select set_eq(
    $$
    select p.proname::text || ' as ' || p.proowner::regrole::text from pg_proc as p
    inner join pg_namespace as n on p.pronamespace = n.oid
    where n.nspname in ('app', 'app_auth', 'app_data', 'app_integrity', 'app_private') and p.prosecdef
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

select * from finish();
rollback;
