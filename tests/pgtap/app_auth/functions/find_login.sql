-- There is always a hash to verify against; too many tries get a decoy.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.find(p text) returns text language plpgsql as $$
begin
    perform tests.act_for('find_login', p);
    return app_auth.find_login(p);
end
$$;
select is(pg_temp.find('ALICE@example.org'), password_hash('alice'), 'Alice''s, whatever the case');
select matches(pg_temp.find('nobody@example.org'), '^\$argon2id\$v=19\$m=65536,t=3,p=4\$', 'a decoy for nobody');
select isnt(pg_temp.find('alic@example.org'), password_hash('alice'), 'never that of the next in order');
select is(pg_temp.find('nobody@example.org'), pg_temp.find('nobody@example.org'), 'the same one each time');
select isnt(pg_temp.find('carol@example.org'), password_hash('carol'), 'a decoy before the address is verified');
select act_as_superuser();
update app_data.users set is_active = false where id = alice();
select isnt(pg_temp.find('alice@example.org'), password_hash('alice'), 'a decoy for who may not log in');
select act_as_superuser();
update app_data.users set is_active = true where id = alice();
-- Counted by address, whether or not somebody has it.
select results_eq(
    $$
    select email_hash, free_at - now(), is_blocked from app_auth.login_attempts
    where email_hash in (sha256('alice@example.org'), sha256('nobody@example.org')) order by 1
    $$,
    $$
    values (sha256('alice@example.org'), interval '12 min', false), (sha256('nobody@example.org'), interval '18 min', false)
    order by 1
    $$,
    'each try is six minutes'
);
select is(pg_temp.find('alice@example.org'), password_hash('alice'), 'try ' || n) from generate_series(3, 10) as n;
select isnt(pg_temp.find('Alice@example.org'), password_hash('alice'), 'the eleventh gets a decoy');
select isnt(pg_temp.find('alice@example.org'), password_hash('alice'), 'so does the next');
select is(pg_temp.find('bob@example.org'), password_hash('bob'), 'Bob is not concerned');
select ok(pg_temp.find('nobody@example.org') is not null, 'nobody tries, too ' || n) from generate_series(4, 12) as n;
select act_as_superuser();
select results_eq(
    $$
    select free_at - now(), is_blocked from app_auth.login_attempts
    where email_hash in (sha256('alice@example.org'), sha256('nobody@example.org'))
    $$,
    $$ values (interval '1 h', true), (interval '1 h', true) $$,
    'both are blocked, and a try meanwhile makes it no longer'
);
-- Six minutes later.
update app_auth.login_attempts set free_at = free_at - interval '6 min';
select is(pg_temp.find('alice@example.org'), password_hash('alice'), 'six minutes later one is free');
select isnt(pg_temp.find('alice@example.org'), password_hash('alice'), 'one');
-- What means nothing any more goes.
select act_as_superuser();
delete from app_auth.login_attempts where email_hash <> sha256('nobody@example.org');
insert into app_auth.login_attempts (email_hash, free_at) select sha256(n::text::bytea), now() from generate_series(1, 3) as n;
select ok(pg_temp.find('nobody@example.org') is not null, 'a try');
select act_as_superuser();
select is((select count(*) from app_auth.login_attempts), 2::bigint, 'removes two rows');
update app_auth.login_attempts set free_at = now() - interval '1 day';
select is(pg_temp.find('alice@example.org'), password_hash('alice'), 'and a count that has run out begins anew');
select act_as_superuser();
select results_eq(
    $$ select free_at - now() from app_auth.login_attempts where email_hash = sha256('alice@example.org') $$,
    $$ values (interval '6 min') $$, 'from now'
);
select act_for('find_login', 'alice@example.org');
select throws_ok($$ select app_auth.find_login('bob@example.org') $$, '28000', null,
    'who may ask for one address may not ask for another');
select throws_ok($$ select app_auth.find_login(null) $$, '28000', null, 'nor for none');
select act_as(alice());
select throws_ok($$ select app_auth.find_login('bob@example.org') $$, '42501', null, 'a person may not ask at all');
-- Injected SQL may take the role, but its token is a person's.
select set_config('role', 'todo_auth', true);
select throws_ok($$ select app_auth.find_login('bob@example.org') $$, '28000', null,
    'not even after taking the role');

select * from finish();
rollback;
