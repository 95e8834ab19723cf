-- The number of a space is a hash of its owner's id, the same on every server.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select is(
    app.space_number('a0000000-0000-7000-8000-000000000000'),
    ('x' || left(encode(sha256('\xa0000000000070008000000000000000'), 'hex'), 7))::bit(28)::integer,
    '28 bits of SHA-256 over the sixteen bytes'
);
select is(app.space_number(null), null, 'nobody''s is none');
select cmp_ok(
    (
        select count(distinct app.space_number(gen_random_uuid())) from generate_series(1, 1000)
    ), '>', 990::bigint, 'two people hardly ever share one'
);
select is_empty(
    $$
    select space_number from app_data.tasks where space_number <> app.space_number(user_id)
    union all
    select space_number from app_data.users where space_number <> app.space_number(id)
    $$, 'every row carries that of its owner'
);

select * from finish();
rollback;
