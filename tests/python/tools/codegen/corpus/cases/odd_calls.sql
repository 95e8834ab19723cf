-- Calls in forms that are rare: a default for VARIADIC, a pattern for SUBSTRING.

create schema odd_calls;

create function odd_calls.f(a integer, variadic c integer[] default '{}')
returns integer language sql immutable return a + cardinality(c);

create table odd_calls.codes (
    id integer primary key,
    code text,
    constraint code_is_letters check (substring(code from '^[A-Z]+') = code),
    constraint code_is_left check (left(code, id) <> 'x')
);
