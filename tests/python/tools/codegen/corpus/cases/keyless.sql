-- Tables that have no primary key: with a unique column, without, and referred to.

create schema keyless;

create table keyless.targets (
    id integer not null unique,
    name text not null
);

create table keyless.pairs (
    a integer not null,
    b integer not null,
    note text,
    maybe integer unique,
    unique (a, b)
);

create table keyless.sources (
    id integer primary key,
    target_id integer references keyless.targets (id),
    partial_id integer
);

create table keyless.loose (
    maybe integer unique
);

alter table keyless.sources
add foreign key (partial_id) references keyless.loose (maybe);
