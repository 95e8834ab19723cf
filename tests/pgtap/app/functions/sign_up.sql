-- An account is made, and nobody learns who has one.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_for('sign_up', 'Dora@example.org');
select lives_ok(
    $$ select app.sign_up('Dora@example.org', 'Dora', 'D', tests.password_hash('d'), sha256('dora'), 'Europe/Rome') $$,
    'somebody new signs up'
);
select act_as_superuser();
select results_eq(
    $$
    select u.first_name, u.time_zone, u.email_verified_at is null, p.theme, i.name, t.purpose
    from app.users as u
    inner join app.user_preferences as p on u.id = p.user_id
    inner join app.projects as i on u.id = i.user_id and u.id = i.id
    inner join app.auth_tokens as t on u.id = t.user_id
    where u.email = 'Dora@example.org'
    $$,
    $$ values ('Dora', 'Europe/Rome', true, 'system', 'Inbox', 'verify_email') $$,
    'with preferences, an inbox and a mail to answer'
);
-- Before the address is verified, the newer password stands and the older mail is void.
select act_for('sign_up', 'DORA@example.org');
select app.sign_up('DORA@example.org', 'Theodora', 'D', tests.password_hash('other'), sha256('dora2'));
select act_as_superuser();
select results_eq(
    $$
    select u.first_name, u.password_hash = tests.password_hash('other'), count(t.id), count(t.used_at)
    from app.users as u inner join app.auth_tokens as t on u.id = t.user_id
    where lower(u.email) = 'dora@example.org' group by u.id
    $$,
    $$ values ('Theodora', true, 2::bigint, 1::bigint) $$,
    'an account that was parked under somebody else''s address is taken over'
);
-- A verified account does not change.
select act_for('sign_up', 'alice@example.org');
select is(
    tests.outcome($$ select app.sign_up('alice@example.org', 'Mallory', 'M', tests.password_hash('evil'), sha256('evil')) $$),
    'ok', 'a known address gets the same answer'
);
select act_as_superuser();
select results_eq(
    format('select first_name, password_hash = tests.password_hash(''alice'') from app.users where id = %L', alice()),
    $$ values ('Alice', true) $$, 'and the account stays as it was'
);
select act_for('sign_up', 'eve@example.org');
select throws_ok(
    $$ select app.sign_up('alice@example.org', 'x', 'x', tests.password_hash('x'), sha256('x')) $$,
    '28000', null, 'a token for one address is no good for another'
);
select act_as(alice());
select throws_ok(
    $$ select app.sign_up('eve@example.org', 'x', 'x', tests.password_hash('x'), sha256('x')) $$,
    '42501', null, 'a person cannot sign up others'
);

select * from finish();
rollback;
