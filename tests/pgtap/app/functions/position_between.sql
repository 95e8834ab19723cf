-- Between two positions there is always a third.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select is_empty(
    $$
    select * from (values
        ('1', '2'), ('a', 'a1'), ('a', 'b'), ('Z', 'a'), ('0', '01'), ('az', 'b'),
        ('a', 'a01'), ('1zzz', '2'), ('0001', '0002'), (null, '1'), (null, '00001'),
        ('zzz', null), (null, null), ('a', null)
    ) as v (lower, upper)
    cross join lateral app.position_between(lower, upper) as p
    where p collate "C" <= coalesce(lower, '') or p collate "C" >= upper
    or p !~ '^[0-9A-Za-z]{0,199}[1-9A-Za-z]$'
    $$,
    'it lies strictly between, whatever the two are'
);
-- Two hundred times into the same gap, at either end of it.
create function pg_temp.squeeze(p_low boolean) returns integer language plpgsql as $$
declare a text collate "C" := 'a'; b text collate "C" := 'b'; p text collate "C";
begin
    for i in 1..200 loop
        p := app.position_between(a, b);
        if not (a < p and p < b) then return null; end if;
        if p_low then b := p; else a := p; end if;
    end loop;
    return length(p);
end
$$;
select is(pg_temp.squeeze(true), 41, 'always in front: it stays in order and short');
select is(pg_temp.squeeze(false), 35, 'always behind: it stays in order and short');
select throws_ok($$ select app.position_between('b', 'a') $$, '22023', null, 'the wrong way round is refused');
select throws_ok($$ select app.position_between('a', 'a') $$, '22023', null, 'so is no gap');
select throws_ok($$ select app.position_between('a', 'a0') $$, '22023', null, 'so is a trailing zero');
select throws_ok($$ select app.position_between('ä', null) $$, '22023', null, 'so is another alphabet');
select throws_ok(
    $$ select app.position_between(repeat('a', 201), null) $$, '22023', null,
    'so is one that no row can hold'
);
select throws_ok(
    $$ select app.position_between(null, repeat('a', 201)) $$, '22023', null,
    'on either side'
);

select * from finish();
rollback;
