-- The keys: closed to every role but the owner.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select columns_are('app_private', 'signing_keys',
    array['key_id', 'inner_pad', 'outer_pad', 'created_at', 'retired_at']);
select col_is_pk('app_private', 'signing_keys', 'key_id', 'a key has one number');
select is_empty(
    $$
    select r.rolname from pg_roles as r
    where not r.rolsuper and r.rolname ~ '^todo_' and r.rolname <> 'todo_owner'
    and has_any_column_privilege(r.oid, 'app_private.signing_keys', 'select, insert, update')
    $$,
    'no role but the owner can read or write a key'
);
select throws_ok(
    $$ insert into app_private.signing_keys values (9, 'short', 'short') $$, '23514', null,
    'a pad has the length of a block'
);
select throws_ok(
    $$ insert into app_private.signing_keys values (0, sha256('a') || sha256('b'), sha256('a') || sha256('b')) $$,
    '23514', null, 'a key has a positive number'
);

select * from finish();
rollback;
