-- A zone is a name of the IANA database.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select is(app.is_time_zone(z), true, z || ' is a zone') from unnest(array[
    'UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+3', 'Asia/Tokyo',
    'America/Port-au-Prince'
]) as z;
select is(app.is_time_zone(z), false, quote_literal(z) || ' is none') from unnest(array[
    '', 'utc', 'CEST', 'EST5EDT', '+03', 'foo+3', 'Europe/Atlantis', 'Europe/Berlin ',
    'europe/berlin', '../etc/passwd', 'Europe/'
]) as z;
select is(app.is_time_zone(null), null, 'null stays null');

select * from finish();
rollback;
