-- A link and the password of its own attempt make an account, once.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

insert into app_auth.sign_ups (token_hash, email, first_name, last_name, password_hash, time_zone, created_at, expires_at)
values
(sha256('victim'), 'Dora@example.org', 'Dora', 'D', password_hash('d'), 'Europe/Rome', now(), now() + interval '1 day'),
(sha256('attacker'), 'dora@EXAMPLE.org', 'Mallory', 'M', password_hash('evil'), 'UTC', now(), now() + interval '1 day'),
(sha256('old'), 'dora@example.org', '', '', password_hash('d'), 'UTC', now() - interval '2 days', now()),
(sha256('other'), 'other@example.org', '', '', password_hash('o'), 'UTC', now(), now() + interval '1 day'),
(sha256('alice'), 'ALICE@example.org', 'Mallory', 'M', password_hash('evil'), 'UTC', now(), now() + interval '1 day'),
(sha256('carol'), 'CAROL@example.org', 'Carola', 'C', password_hash('new'), 'Asia/Tokyo', now(), now() + interval '1 day');
create function pg_temp.verify(p text, p_password text) returns uuid language plpgsql as $$
begin
    perform tests.act_for('verify_email', encode(sha256(p::bytea), 'hex'));
    return app_auth.verify_email(sha256(p::bytea), tests.password_hash(p_password));
end
$$;
select is(pg_temp.verify('wrong', 'd'), null, 'an unknown link is nothing');
select is(pg_temp.verify('old', 'd'), null, 'an expired one is nothing');
select is(pg_temp.verify('attacker', 'd'), null, 'the link of another attempt is nothing with my password');
select is(pg_temp.verify('victim', 'evil'), null, 'nor is my link with the password of another attempt');
select act_as_superuser();
select is_empty($$ select 1 from app_data.users where lower(email) = 'dora@example.org' $$, 'so nobody is there');
select isnt(pg_temp.verify('victim', 'd'), null, 'my link and my password make my account');
select act_as_superuser();
select results_eq(
    $$
    select u.email, u.first_name, u.last_name, u.password_hash, u.time_zone, u.email_verified_at = now(), p.theme, i.name
    from app_data.users as u
    inner join app_data.user_preferences as p on u.id = p.user_id
    inner join app_data.projects as i on u.id = i.user_id and u.id = i.id
    where lower(u.email) = 'dora@example.org'
    $$,
    $$ values ('Dora@example.org', 'Dora', 'D', tests.password_hash('d'), 'Europe/Rome', true, 'system', 'Inbox') $$,
    'as that attempt said, with preferences and an inbox'
);
select is(pg_temp.verify('victim', 'd'), null, 'once');
select is(pg_temp.verify('attacker', 'evil'), null, 'every other attempt on the address has ended');
select act_as_superuser();
select is_empty($$ select 1 from app_auth.sign_ups where lower(email) = 'dora@example.org' $$, 'and is gone');
select isnt_empty($$ select 1 from app_auth.sign_ups where email = 'other@example.org' $$, 'those on another address are there');
-- An address that has an account.
create temporary table before as select xmin::text as made_by, * from app_data.users where id = alice();
select is(pg_temp.verify('alice', 'evil'), null, 'a verified account is not made again');
select act_as_superuser();
select results_eq(
    format('select xmin::text as made_by, * from app_data.users where id = %L', alice()), 'select * from before', 'it stays as it was'
);
-- An account that waits for its address to be verified becomes the attempt's.
insert into app_auth.sessions (user_id) values (id('c', 'user'));
select is(pg_temp.verify('carol', 'new'), id('c', 'user'), 'Carol proves that the address is hers');
select act_as_superuser();
select results_eq(
    format('select first_name, password_hash, time_zone, email_verified_at, tokens_valid_since from app_data.users where id = %L', id('c', 'user')),
    $$ values ('Carola', tests.password_hash('new'), 'Asia/Tokyo', now(), now()) $$, 'and it is as she says'
);
select is_empty(
    format('select 1 from app_auth.sessions where user_id = %L', id('c', 'user')), 'whoever had it before is out'
);
insert into app_auth.sign_ups (token_hash, email, first_name, last_name, password_hash, time_zone)
values (sha256('closed'), 'carol@example.org', '', '', password_hash('again'), 'UTC');
update app_data.users set is_active = false, email_verified_at = null where id = id('c', 'user');
select is(pg_temp.verify('closed', 'again'), null, 'a closed account is not opened by it');

select * from finish();
rollback;
