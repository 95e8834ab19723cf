-- The words and times of a task, all of them told apart by the space.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select results_eq(
    $$ select unnest(tsvector_to_array(app.search_vector(
        255, '019b3c5d-7000-7000-8000-000000000000', 'Call the  Plumber'
    ))) $$,
    $$ values ('ff.019b'), ('ff.019b3'), ('ff.~0198'), ('ff~'), ('ff~call'), ('ff~plumber'), ('ff~the') $$,
    'words and marks begin with the number of the space'
);
select is_empty(
    $$
    select 1 from unnest(tsvector_to_array(app.search_vector(
        255, gen_random_uuid(), E'1.019b ~x fe~y ''fe''.019b #fe'
    ))) as lexeme where lexeme !~ '^ff[~.]'
    $$,
    'no title writes into another space'
);
-- Rounded down to four: the longest stretch.
select results_eq(
    $$ select n from generate_series(0, 15) as n
    where not app.search_vector(1, rpad('000' || to_hex(n), 32, '0')::uuid, 'x')
    @@ quote_literal('1.~000' || to_hex(n / 4 * 4))::tsquery $$,
    'select 0 where false', 'each digit falls into its four'
);

select * from finish();
rollback;
