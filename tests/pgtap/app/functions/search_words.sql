-- Words are parted by blanks and marks, and compared without regard to case.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select results_eq(
    $$
    select w from unnest(string_to_array(app.search_words(
        E'Call  Bob''s PLUMBER,today\t(n°5) über/Äpfel "a\\b" #x $1:*&|!<->'
    ), ' ')) as w where w <> ''
    $$,
    array['call', 'bob', 's', 'plumber', 'today', 'n°5', 'über', 'äpfel', 'a', 'b', 'x', '1'],
    'the words alone are left'
);
select is(app.search_words(null), null, 'of nothing there are none');
-- What would have a meaning in a tsquery or in a literal never stays in a word.
select is_empty(
    $$ select chr(n) from generate_series(1, 127) as n
    where app.search_words(chr(n)) !~ '^[a-z0-9 ]$' and n > 32 and n < 127 $$,
    'in ASCII a word is of letters and digits'
);

select * from finish();
rollback;
