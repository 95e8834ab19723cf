-- An address is counted by one hash, whatever its case, and never costs more than an address.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select is(app_auth.email_hash('Alice@Example.org'), sha256('alice@example.org'), 'it is that of the lower case');
select isnt(app_auth.email_hash('bob@example.org'), sha256('alice@example.org'), 'another address has another');
select lives_ok($$ select app_auth.email_hash(repeat('ä', 254)) $$, '254 characters are an address');
select is(
    tests.outcome($$ select app_auth.email_hash(repeat('a', 255)) $$), '23514 users_email_is_short', 'more are none'
);
select is(
    tests.outcome($$ select app_auth.email_hash(repeat('İ', 5000000)) $$), '23514 users_email_is_short',
    'and nothing is worked out for them'
);

select * from finish();
rollback;
