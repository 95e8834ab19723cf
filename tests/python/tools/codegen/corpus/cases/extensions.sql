-- Types of extensions, and those of the server that are no plain values.

create schema extensions;
create extension if not exists citext schema extensions;
create extension if not exists hstore schema extensions;
create extension if not exists ltree schema extensions;

-- What create_all makes.

create table extensions.hosts (
    id integer primary key,
    email extensions.citext not null,
    address inet,
    network cidr,
    attributes extensions.hstore,
    path extensions.ltree
);

create function extensions.address_of(a text) returns inet
language sql immutable return a::inet;
create function extensions.any_of(a text) returns point
language sql immutable return a::point;
