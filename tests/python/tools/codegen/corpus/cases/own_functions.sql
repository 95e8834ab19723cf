-- Functions of the schema's own that are called as the server's are; overloads.

create schema own_functions;
create function own_functions.length(a text) returns integer
language sql immutable return 100 + pg_catalog.length(a);

-- What create_all makes.

create table own_functions.words (
    id integer primary key,
    a text constraint a_is_long check (own_functions.length(a) <= 105)
);

create function own_functions.twice(a integer) returns integer
language sql immutable return 2 * a;
create function own_functions.twice(a text) returns text
language sql immutable return a || a;
