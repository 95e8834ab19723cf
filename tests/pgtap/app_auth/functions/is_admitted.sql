-- A person acts while the account is active, and with nothing older than wanted.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.second(p_at timestamptz) returns bigint language sql
return floor(extract(epoch from p_at));

select act_as_superuser();
select is(app_auth.is_admitted(alice(), 0), true, 'an active person is, whatever the age');
select is(app_auth.is_admitted(alice(), null), true, 'or without one');
select is(
    app_auth.is_admitted('00000000-0000-7000-8000-00000000dead', 0), false,
    'one who does not exist is not'
);
update app_data.users set tokens_valid_since = now() where id = alice();
select is(app_auth.is_admitted(alice(), pg_temp.second(now())), true, 'what is signed since counts');
select is(
    app_auth.is_admitted(alice(), pg_temp.second(now()) - 1), false, 'what is older does not'
);
select is(app_auth.is_admitted(alice(), null), false, 'nor what has no date');
select act_as(alice());
select is(app.current_user_id(), alice(), 'a token of now is of now');
select act_as_superuser();
update app_data.users set tokens_valid_since = now() + interval '2 s' where id = alice();
select act_as(alice());
select is(app.current_user_id(), null, 'one from before is nobody');
select is_empty('select * from app.tasks', 'and sees nothing');
select act_as_superuser();
update app_data.users set tokens_valid_since = null, is_active = false where id = alice();
select act_as(alice());
select is(app.current_user_id(), null, 'a deactivated person is nobody');
set local row_security = off;
select is(app.current_user_id(), null, 'and nobody makes it raise');
select act_as_superuser();
select function_privs_are(
    'app_auth', 'is_admitted', array['uuid', 'bigint'], 'todo_user', '{}'::text[],
    'nobody asks about others'
);

select * from finish();
rollback;
