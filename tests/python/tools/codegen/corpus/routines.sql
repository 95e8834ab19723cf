-- Views of every kind, and functions with every kind of argument and result.

create schema app;

-- What create_all makes.

create type app.shade as enum ('dark', 'light');
create type app.pair as (number integer, word text);

create table app.authors (
    id integer primary key,
    name text not null,
    born date,
    shade app.shade not null default 'dark'
);
create table app.books (
    id integer primary key,
    author_id integer not null references app.authors,
    editor_id integer references app.authors,
    parent_id integer references app.books,
    title text not null,
    price numeric(8, 2) not null default 0,
    tags text[] not null default '{}'
);

create view app.book_list as
select b.id, b.title, a.name as author, e.name as editor, e.id as editor_id
from app.books as b
join app.authors as a on a.id = b.author_id
left join app.authors as e on e.id = b.editor_id;
create view app.dear_books as select * from app.book_list where id > 0;
create view app.dearest_books as select d.*, 1 as one, null::text as nothing
from app.dear_books as d;
create recursive view app.book_tree (id, path) as
select id, array[id] from app.books where parent_id is null
union all
select b.id, t.path || b.id from app.books as b join book_tree as t on b.parent_id = t.id;
create view app.totals as
select author_id, count(*) as books, sum(price) as total, max(title) as last_title,
    array_agg(tags) filter (where price > 0) as all_tags, bool_or(price > 1) as dear
from app.books group by author_id having count(*) > 0;
create view app.both as select id, name from app.authors union all
select id, title from app.books;
create view app.windows as
select id, row_number() over (order by title) as place, lag(title) over () as before
from app.books;
create view app.full_join as
select a.id as a, b.id as b from app.authors as a full join app.books as b using (id);
create view app.lateral_join as
select a.id, x.title from app.authors as a
cross join lateral (select title from app.books where author_id = a.id limit 1) as x;
create view app.with_cte as
with few as (select id, title from app.books limit 3) select * from few;
create view app.values_view as values (1, 'one'), (2, 'two');
create view app.constants as select 1 as a, 'x' as b, now() as c, true as d, null as e;
create view app."Odd View" as select id as "Odd ""id""", name as "class" from app.authors;
create view app.twice as
select a.id, a2.id as id2 from app.authors as a cross join app.authors as a2;
create view app.one_row as select count(*) as n, max(price) as dearest from app.books;
create view app.grouping as
select author_id, price, count(*) from app.books group by grouping sets ((1), (2));
create materialized view app.kept as select id, title from app.books;
create unique index kept_id_idx on app.kept (id);
create view app.checked with (security_barrier) as select id, shade from app.authors
where shade = 'light' with check option;
comment on view app.book_list is 'Books, with the people behind them.';
comment on column app.book_list.editor is 'Who edited it.';

create function app.nothing() returns void language sql as '';
create function app.number() returns integer language sql return 1;
create function app.add(a integer, b integer default 1) returns integer
language sql immutable return a + b;
create function app.add(a text, b text) returns text language sql return a || b;
create function app.add(numeric, numeric) returns numeric language sql return $1 + $2;
create function app.total(variadic numbers integer[]) returns bigint
language sql return (select sum(n) from unnest(numbers) as n);
create function app.longest(variadic text[]) returns integer
language sql return (select max(length(t)) from unnest($1) as t);
create function app.reserved("order" integer, "user" text, "between" integer)
returns text language sql return "user";
create function app.halves(n integer, out low integer, out high integer)
language sql return row(n / 2, n - n / 2);
create function app.one_out(n integer, out doubled integer)
language sql return n * 2;
create function app.swap(inout a integer, inout b text)
language sql as 'select a, b';
create function app.pairs(n integer) returns setof app.pair
language sql as 'select i, i::text from generate_series(1, n) as i';
create function app.pair_of(n integer, word text) returns app.pair
language sql return row(n, word)::app.pair;
create function app.takes_pair(p app.pair) returns text language sql return (p).word;
create function app.takes_pairs(p app.pair[]) returns integer
language sql return cardinality(p);
create function app.books_of(author integer) returns setof app.books
language sql stable begin atomic
select * from app.books where author_id = author;
end;
create function app.first_book() returns app.books
language sql stable begin atomic select * from app.books limit 1; end;
create function app.title_of(book app.books) returns text
language sql stable return book.title;
create function app.listing(n integer) returns table ("class" integer, "a b" text, count bigint)
language sql as 'select 1, ''x'', 2::bigint from generate_series(1, n)';
create function app.shades() returns app.shade[]
language sql return enum_range(null::app.shade);
create function app.shade_of(s app.shade default 'dark', label text default 'it''s')
returns app.shade language sql return s;
create function app.words(texts text[] default array['a', 'b']) returns text[]
language sql return texts;
create function app.moments(a timestamptz default now(), b interval default '1 day')
returns timestamptz language sql return a + b;
create function app.unnamed(integer, text) returns text language sql return $2;
create function app."class"("def" integer, "self" text, executor text, result text)
returns text language sql return "self";
create function app."Odd ""function"""("a b" integer) returns integer
language sql return "a b";
create function app.record_of(out a integer, out b text) returns setof record
language sql as 'select 1, ''x''';
create function app.document(d jsonb) returns jsonb language sql return d;
create function app.ranges(r int4range) returns int4range language sql return r;
create function app.any_of(a anyelement) returns anyelement language sql as 'select a';
create procedure app.act(a integer) language sql as 'select 1';
create procedure app.act_out(inout a integer) language plpgsql as 'begin a := a + 1; end';
create aggregate app.joined(text) (sfunc = textcat, stype = text, initcond = '');
comment on function app.number() is 'Gives """one""" or \ null.';
