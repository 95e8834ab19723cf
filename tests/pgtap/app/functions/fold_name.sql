-- Names that look the same have the same key.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select is(app.fold_name(a), app.fold_name(b), why) from (values
    ('Urgent', 'URGENT', 'case does not count'),
    ('  urgent ', E'\turgent\n', 'outer blanks do not count'),
    (U&'caf\00E9', U&'cafe\0301', 'composed and decomposed are the same'),
    ('ｕｒｇｅｎｔ', 'urgent', 'full width is the same'),
    ('ΟΔΟΣ', 'οδος', 'final sigma is a sigma'),
    ('οδοσ', 'οδος', 'both small sigmas are the same'),
    (U&'ur\200Bgent', 'urgent', 'a zero-width space does not count'),
    (U&'\FEFFurgent', 'urgent', 'nor does a byte-order mark'),
    (U&'co\00ADop', 'coop', 'nor does a soft hyphen'),
    ('ﬁle', 'file', 'a ligature is its letters')
) as v (a, b, why);
select isnt(app.fold_name('work'), app.fold_name('word'), 'other names have other keys');
select isnt(app.fold_name('a b'), app.fold_name('ab'), 'a blank inside counts');

select * from finish();
rollback;
