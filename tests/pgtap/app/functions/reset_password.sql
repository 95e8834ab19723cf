-- A reset works once and logs everybody out.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

insert into app.auth_tokens (user_id, purpose, token_hash, created_at, expires_at) values
(alice(), 'reset_password', sha256('good'), now(), now() + interval '1 hour'),
(alice(), 'reset_password', sha256('stale'), now() - interval '2 hours', now() - interval '1 hour');
create function pg_temp.reset(p text) returns uuid language plpgsql as $$
begin
    perform tests.act_for('reset_password', encode(sha256(p::bytea), 'hex'));
    return app.reset_password(sha256(p::bytea), tests.password_hash('new'));
end
$$;
select is(pg_temp.reset('wrong'), null, 'an unknown secret is nothing');
select is(pg_temp.reset('stale'), null, 'nor is an expired one');
select is(pg_temp.reset('a'), null, 'nor is a refresh token');
select is(pg_temp.reset('good'), alice(), 'the right one is Alice');
select is(pg_temp.reset('good'), null, 'once');
select act_as_superuser();
select is(
    (select password_hash from app.users where id = alice()), password_hash('new'), 'the password is new'
);
select is_empty(
    format('select 1 from app.auth_tokens where user_id = %L and used_at is null', alice()),
    'every device is logged out'
);
select isnt(
    (select password_hash from app.users where id = bob()), password_hash('new'), 'Bob''s is as it was'
);
select isnt_empty(
    format('select 1 from app.auth_tokens where user_id = %L and used_at is null', bob()),
    'and he stays logged in'
);

select * from finish();
rollback;
