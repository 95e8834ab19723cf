-- A new position comes after every earlier one.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create temporary table made as
select i, app.position_now() as p from generate_series(1, 100) as i;
select is_empty(
    $$ select p from made where p !~ '^[0-9A-Za-z]{0,199}[1-9A-Za-z]$' $$,
    'it has the form that the tables ask for'
);
select pg_sleep(0.001);
select cmp_ok(
    app.position_now() collate "C", '>', (select max(p collate "C") from made),
    'a later one sorts later'
);

select * from finish();
rollback;
