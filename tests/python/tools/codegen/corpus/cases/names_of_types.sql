-- Names that the classes of classes keep, and those that models end in.

create schema names_of_types;
create type names_of_types.user_public as enum ('a', 'b');

create table names_of_types.users (
    id integer primary key,
    register text,
    mro text,
    "create" text check (length("create") <= 3),
    "public" text check (length("public") <= 4),
    "update" text check (length("update") <= 5),
    level names_of_types.user_public not null default 'a'
);

create function names_of_types.list(a integer) returns integer
language sql immutable return a;
create function names_of_types.cast(a integer) returns integer
language sql immutable return a;
create function names_of_types.words() returns text[]
language sql immutable return array['a', 'b'];
