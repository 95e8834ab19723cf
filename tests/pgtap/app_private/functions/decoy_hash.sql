-- A decoy looks like a hash, stays the same, and differs between addresses.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select matches(
    app_private.decoy_hash('nobody@example.org'),
    '^\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$',
    'it has the form that real hashes are held to'
);
select is(
    app_private.decoy_hash('Nobody@example.org'), app_private.decoy_hash('nobody@example.org'),
    'it is the same for the same address'
);
select isnt(
    app_private.decoy_hash('nobody@example.org'), app_private.decoy_hash('noone@example.org'),
    'and another for another address'
);

select * from finish();
rollback;
