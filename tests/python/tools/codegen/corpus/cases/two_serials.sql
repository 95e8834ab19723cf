-- A key of two columns that both have a sequence of their own.

create schema two_serials;

create table two_serials.cells (
    a serial,
    b serial,
    note text,
    primary key (a, b)
);
