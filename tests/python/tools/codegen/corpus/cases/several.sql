-- One of two schemas: it is referred to from the other, which has names of its own.

create schema several;
create schema several_too;

create table several.owners (
    id integer primary key,
    name text not null
);

create table several_too.owners (
    id integer primary key,
    owner_id integer not null references several.owners,
    state text not null check (state in ('on', 'off'))
);

create function several.newest() returns several_too.owners
language sql stable begin atomic
    select * from several_too.owners order by id desc limit 1;
end;
