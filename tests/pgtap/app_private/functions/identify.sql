-- One rule for both ways of showing who one is: a token and claims.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

insert into app_private.trusted_jwt_logins (login, note) values ('todo_app', 'test');
select act_as(bob());
select set_config('request.jwt.claims', format('{"sub": "%s"}', alice()), true);
select is(app.current_user_id(), bob(), 'where there is a token, claims do not count');
select set_config('app.token', 'v1.', true);
select is(app.current_user_id(), null, 'not even where it is not valid');
select act_as(null);
select is(app.current_user_id(), alice(), 'without one they do, for a listed login');
select act_as_superuser();
update app.users set is_active = false where id = alice();
select act_as(null);
select is(app.current_user_id(), null, 'a deactivated person is nobody by claims, too');
select act_as_superuser();
update app.users set is_active = true, tokens_valid_since = now() where id = alice();
select act_as(null);
select is(app.current_user_id(), null, 'claims without a date are older than any');
select set_config('request.jwt.claims', format(
    '{"sub": "%s", "iat": %s}', alice(), floor(extract(epoch from now())) - 1), true);
select is(app.current_user_id(), null, 'and so are those from before');
select set_config('request.jwt.claims', format(
    '{"sub": "%s", "iat": %s}', alice(), floor(extract(epoch from now()))), true);
select is(app.current_user_id(), alice(), 'those from then on count');
select act_as_superuser();
select is(
    has_function_privilege('todo_user', 'app_private.identify()', 'execute'), false,
    'only the functions that were made for it may ask'
);

select * from finish();
rollback;
