-- There is always a hash to verify against.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.find(p text) returns text language plpgsql as $$
begin
    perform tests.act_for('find_login', p);
    return app.find_login(p);
end
$$;
select is(pg_temp.find('ALICE@example.org'), password_hash('alice'), 'Alice''s, whatever the case');
select matches(pg_temp.find('nobody@example.org'), '^\$argon2id\$v=19\$m=65536,t=3,p=4\$', 'a decoy for nobody');
select is(pg_temp.find('nobody@example.org'), pg_temp.find('nobody@example.org'), 'the same one each time');
select isnt(pg_temp.find('carol@example.org'), password_hash('carol'), 'a decoy before the address is verified');
select act_as_superuser();
update app.users set is_active = false where id = alice();
select isnt(pg_temp.find('alice@example.org'), password_hash('alice'), 'a decoy for who may not log in');
select act_for('find_login', 'alice@example.org');
select throws_ok($$ select app.find_login('bob@example.org') $$, '28000', null,
    'who may ask for one address may not ask for another');
select throws_ok($$ select app.find_login(null) $$, '28000', null, 'nor for none');
select act_as(alice());
select throws_ok($$ select app.find_login('bob@example.org') $$, '42501', null, 'a person may not ask at all');
-- Injected SQL may take the role, but its token is a person's.
select set_config('role', 'todo_auth', true);
select throws_ok($$ select app.find_login('bob@example.org') $$, '28000', null,
    'not even after taking the role');

select * from finish();
rollback;
