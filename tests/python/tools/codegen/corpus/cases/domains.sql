-- A column of a domain is compared without a warning.

create schema domains;
create domain domains.email as text check (value like '%@%');
create domain domains.amount as numeric(5, 2) check (value >= 0);

create table domains.people (
    id integer primary key,
    email domains.email not null,
    amount domains.amount
);
