-- Only the functions that were made for it may take a token apart.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select is(
    has_function_privilege('todo_user', 'app_private.read_token(text)', 'execute'), false,
    'todo_user cannot call it'
);
select is(
    has_function_privilege('todo_registrar', 'app_private.read_token(text)', 'execute'),
    false, 'nor can the registrar'
);
select set_config('app.token', token('auth', alice(), repeat('0', 64)), true);
select results_eq(
    $$ select user_id, scope from app_private.read_token('auth') $$,
    format('values (%L::uuid, %L)', alice(), repeat('0', 64)),
    'it returns the user and the scope'
);
select results_eq(
    $$ select user_id, scope from app_private.read_token('user') $$,
    'values (null::uuid, null::text)',
    'a token for one role is no token for another'
);
select results_eq(
    $$ select signed_at from app_private.read_token('auth') $$,
    'select floor(extract(epoch from now()))::bigint', 'and says when it was signed'
);
select set_config('app.token', '', true);
select results_eq(
    $$ select user_id, scope from app_private.read_token('user') $$,
    'values (null::uuid, null::text)',
    'no token is null, not an error'
);

select * from finish();
rollback;
