-- An attempt is written down, and nobody learns who has an account.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_for('sign_up', 'Dora@example.org');
select lives_ok(
    $$ select app_auth.sign_up('Dora@example.org', 'Dora', 'D', tests.password_hash('d'), sha256('dora'), 'Europe/Rome') $$,
    'somebody new signs up'
);
select act_as_superuser();
select results_eq(
    $$
    select email, first_name, last_name, password_hash, time_zone, expires_at - now()
    from app_auth.sign_ups where token_hash = sha256('dora')
    $$,
    $$ values ('Dora@example.org', 'Dora', 'D', tests.password_hash('d'), 'Europe/Rome', interval '2 days') $$,
    'what was said is kept for two days'
);
select is_empty(
    $$ select 1 from app_data.users where lower(email) = 'dora@example.org' $$, 'but nobody is there yet'
);
-- Every address is written down alike, and no account is touched.
create temporary table before as select xmin::text as made_by, ctid as place, * from app_data.users;
create function pg_temp.sign_up(p_email text, p_secret text) returns text language plpgsql as $$
begin
    perform tests.act_for('sign_up', p_email);
    return tests.outcome(format(
        'select app_auth.sign_up(%L, ''Mallory'', ''M'', %L, sha256(%L))',
        p_email, tests.password_hash('evil'), p_secret
    ));
end
$$;
select act_as_superuser();
update app_data.users set is_active = false where id = bob();
truncate before;
insert into before select xmin::text as made_by, ctid as place, * from app_data.users;
select is(pg_temp.sign_up(email, email), 'ok', email || ' gets the same answer')
from (values ('ALICE@example.org'), ('bob@example.org'), ('carol@example.org'), ('new@example.org'), ('DORA@example.org')) as v (email);
select act_as_superuser();
select results_eq(
    $$ select xmin::text as made_by, ctid as place, * from app_data.users order by id $$, 'select * from before order by id',
    'no account was touched, be it active, closed, unverified or not there'
);
select is(
    (select count(*) from app_auth.sign_ups where first_name = 'Mallory'), 5::bigint,
    'each attempt has a row of its own'
);
select is(
    (select password_hash from app_auth.sign_ups where token_hash = sha256('dora')), password_hash('d'),
    'an attempt on the same address leaves the first as it is'
);
-- Old ones go, two with each new one.
update app_auth.sign_ups set created_at = now() - interval '3 days', expires_at = now();
select is(pg_temp.sign_up('x@example.org', 'x'), 'ok', 'another one');
select act_as_superuser();
select is((select count(*) from app_auth.sign_ups), 5::bigint, 'two that had expired are gone');
select act_for('sign_up', 'eve@example.org');
select throws_ok(
    $$ select app_auth.sign_up('alice@example.org', 'x', 'x', tests.password_hash('x'), sha256('x')) $$,
    '28000', null, 'a token for one address is no good for another'
);
select act_as(alice());
select throws_ok(
    $$ select app_auth.sign_up('eve@example.org', 'x', 'x', tests.password_hash('x'), sha256('x')) $$,
    '42501', null, 'a person cannot sign up others'
);

select * from finish();
rollback;
