-- Every rule of sql/lints/ holds: for what is there and for what is added later. Beside
-- them stands what is this schema's own: whoever may do what with which column, and what
-- may be null, is as sql/ has it (tools/verify/written.py); which functions run as their owner.
--
-- tests/python/tools/verify/test_lints.py shows that each rule finds a fault.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select isnt_empty('select 1 from lints', 'there are rules');
select is_empty(sql, page) from lints where about = 'schema' order by key;

-- Everything that is granted on a relation, by table or by column.
select set_eq(
    $$
    select
        coalesce(r.rolname, 'public')::text as role, c.oid::regclass::text,
        coalesce(a.attname, '')::text as column_name, lower(a.privilege_type)
    from pg_class as c
    cross join lateral (
        select null::name as attname, x.grantee, x.privilege_type
        from aclexplode(c.relacl) as x
        union all
        select t.attname, x.grantee, x.privilege_type
        from pg_attribute as t, aclexplode(t.attacl) as x
        where t.attrelid = c.oid
    ) as a
    left join pg_roles as r on a.grantee = r.oid
    where c.relnamespace::regnamespace::text
    in ('app', 'app_auth', 'app_data', 'app_integrity', 'app_private')
    and a.grantee <> c.relowner
    $$,
    'select role, relation, column_name, privilege from written_grants',
    'sql/ grants these privileges and no others'
);
select set_eq(
    $$
    select c.oid::regclass::text, t.attname::text
    from pg_class as c
    inner join pg_attribute as t on c.oid = t.attrelid and t.attnum > 0
    where c.relnamespace::regnamespace::text
    in ('app', 'app_auth', 'app_data', 'app_integrity', 'app_private')
    and c.relkind in ('r', 'p') and not t.attisdropped and not t.attnotnull
    $$,
    'select relation, column_name from written_nullable',
    'sql/ lets these columns be null and no others'
);
select set_eq(
    $$
    select p.proname::text || ' as ' || p.proowner::regrole::text from pg_proc as p
    inner join pg_namespace as n on p.pronamespace = n.oid
    where n.nspname in ('app', 'app_auth', 'app_data', 'app_integrity', 'app_private') and p.prosecdef
    $$,
    array[
        'search_tasks as todo_searcher', 'current_user_id as todo_owner', 'require_scope as todo_owner',
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
