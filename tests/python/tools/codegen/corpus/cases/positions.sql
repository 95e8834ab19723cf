-- POSITION is printed with its operands in one order and stored with the other.

create schema positions;

create table positions.people (
    id integer primary key,
    email text not null constraint email_has_a_sign check (position('@' in email) > 1)
);
