-- A reset works once, logs everybody out and ends what was signed before.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

insert into app_auth.password_resets (email, token_hash, created_at, expires_at) values
('ALICE@example.org', sha256('good'), now(), now() + interval '1 hour'),
('alice@example.org', sha256('another'), now(), now() + interval '1 hour'),
('alice@example.org', sha256('stale'), now() - interval '1 hour', now()),
('carol@example.org', sha256('carol'), now(), now() + interval '1 hour'),
('nobody@example.org', sha256('nobody'), now(), now() + interval '1 hour'),
('bob@example.org', sha256('bob'), now(), now() + interval '1 hour');
insert into app_auth.login_attempts (email_hash, free_at, is_blocked) values
(sha256('alice@example.org'), now() + interval '1 hour', true),
(sha256('bob@example.org'), now() + interval '1 hour', true);
create function pg_temp.reset(p text) returns uuid language plpgsql as $$
begin
    perform tests.act_for('reset_password', encode(sha256(p::bytea), 'hex'));
    return app_auth.reset_password(sha256(p::bytea), tests.password_hash('new'));
end
$$;
select is(pg_temp.reset('wrong'), null, 'an unknown secret is nothing');
select is(pg_temp.reset('stale'), null, 'nor is an expired one');
select is(pg_temp.reset('a'), null, 'nor is a refresh token');
select is(pg_temp.reset('nobody'), null, 'nor one for nobody');
select is(pg_temp.reset('carol'), null, 'nor one for an address that was never verified');
select is(pg_temp.reset('good'), alice(), 'the right one is Alice');
select is(pg_temp.reset('good'), null, 'once');
select is(pg_temp.reset('another'), null, 'and every other link is void');
select act_as_superuser();
select results_eq(
    format('select password_hash, tokens_valid_since from app_data.users where id = %L', alice()),
    $$ values (tests.password_hash('new'), now()) $$, 'the password is new, and nothing older is valid'
);
select is_empty(
    format('select 1 from app_auth.sessions where user_id = %L', alice()), 'every device is logged out'
);
select is_empty(
    $$ select 1 from app_auth.login_attempts where email_hash = sha256('alice@example.org') $$,
    'the count of wrong passwords has ended'
);
select results_eq(
    $$
    select
        (select count(*) from app_data.users where password_hash = tests.password_hash('new')),
        (select count(*) from app_auth.sessions),
        (select count(*) from app_auth.login_attempts),
        (select count(*) from app_auth.password_resets)
    $$,
    $$ values (1::bigint, 1::bigint, 1::bigint, 1::bigint) $$, 'all of it Alice''s alone'
);
update app_data.users set is_active = false where id = bob();
select is(pg_temp.reset('bob'), null, 'a closed account stays closed');

select * from finish();
rollback;
