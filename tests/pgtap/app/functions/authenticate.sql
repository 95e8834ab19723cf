-- Who is asking, or a refusal. Every token that is no good is in current_user_id.sql.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select is(app.authenticate(), alice(), 'a good token is let in');
select act_as(null);
select throws_ok(
    'select app.authenticate()', '28000', 'the token of this request is not valid',
    'no token is refused'
);
select act_as_superuser();
update app.users set is_active = false where id = alice();
select act_as(alice());
select throws_ok(
    'select app.authenticate()', '28000', 'the token of this request is not valid',
    'so is a deactivated person, in the same words'
);
select act_as('00000000-0000-7000-8000-00000000dead');
select throws_ok(
    'select app.authenticate()', '28000', null, 'and one who does not exist'
);
select function_privs_are('app', 'authenticate', '{}'::text[], 'todo_user', array['EXECUTE']);
select function_privs_are('app', 'authenticate', '{}'::text[], 'todo_auth', '{}'::text[]);

select * from finish();
rollback;
