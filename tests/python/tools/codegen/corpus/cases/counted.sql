-- Exactly one of many columns; at most one; two of four.

create schema counted;

create table counted.choices (
    id integer primary key,
    c1 integer, c2 integer, c3 integer, c4 integer, c5 integer, c6 integer,
    c7 integer, c8 integer, c9 integer, c10 integer, c11 integer, c12 integer,
    c13 integer, c14 integer, c15 integer, c16 integer,
    constraint one_is_chosen check (
        num_nonnulls(
            c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16
        ) = 1
    )
);

create table counted.few (
    id integer primary key,
    a integer, b integer, c integer, d integer,
    constraint most_are_missing check (num_nulls(a, b, c, d) >= 3),
    constraint a_or_b check (a is not null or b is not null)
);
