-- Claims in a setting count for listed logins only.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(null);
select set_config('request.jwt.claims', format('{"sub": "%s"}', alice()), true);
select is(app.current_user_id(), null, 'claims of a login that is not listed mean nothing');
select is((select count(*) from app.tasks), 0::bigint, 'and open nothing');

select act_as_superuser();
insert into app_private.claim_logins (login, note) values ('todo_app', 'test');
select act_as(null);
select set_config('request.jwt.claims', format('{"sub": "%s"}', alice()), true);
select is(app.current_user_id(), alice(), 'those of a listed login do');
select is((select count(*) from app.tasks), 4::bigint, 'and open the own rows');
select set_config('request.jwt.claims', '{"role": "todo_user"}', true);
select is(app.current_user_id(), null, 'without a subject: nobody');
select set_config('request.jwt.claims', '{"sub": "' || bob() || 'x"}', true);
select throws_ok('select app.current_user_id()', '28000', null, 'a bad subject is refused');
select set_config('request.jwt.claims', '{', true);
select throws_ok('select app.current_user_id()', '28000', null, 'so is what is no JSON');

select * from finish();
rollback;
