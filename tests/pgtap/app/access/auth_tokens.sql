-- No role that the backend can become reaches a token.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select throws_ok('select token_hash from app.auth_tokens', '42501', null, 'not a person');
select throws_ok('delete from app.auth_tokens', '42501', null, 'not to remove one');
select act_for('refresh', 'x');
select throws_ok('select token_hash from app.auth_tokens', '42501', null, 'not todo_auth');
select set_config('role', 'none', true);
select throws_ok('select token_hash from app.auth_tokens', '42501', null, 'not todo_app');
select act_as_superuser();
select is_empty(
    $$
    select grantee, privilege_type from information_schema.column_privileges
    where table_schema = 'app' and table_name = 'auth_tokens'
    and grantee not in ('todo_owner', 'todo_registrar')
    $$,
    'nobody else is granted a column'
);

select * from finish();
rollback;
