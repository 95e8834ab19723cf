-- Ids carry their time and never repeat.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create temporary table made as
select i, app.uuid_v7() as id from generate_series(1, 5000) as i;
select is((select count(distinct id) from made), 5000::bigint, 'no two are the same');
select is_empty(
    $$ select id from made where substr(id::text, 15, 1) <> '7' or substr(id::text, 20, 1) !~ '[89ab]' $$,
    'each is version 7 of the RFC''s variant'
);
select is_empty(
    $$
    select id from made
    where abs(('x' || replace(left(id::text, 13), '-', ''))::bit(48)::bigint
        - extract(epoch from clock_timestamp()) * 1000) > 60000
    $$,
    'the first 48 bits are the milliseconds'
);
select pg_sleep(0.003);
select cmp_ok(app.uuid_v7()::text, '>', (select max(id::text) from made), 'a later one sorts later');

select * from finish();
rollback;
