-- What all systems are filled from: the rows of tools/bench/data.py, as they come.

create schema bench;

create unlogged table bench.steps (name text primary key);

create unlogged table bench.people (n integer primary key, id uuid, size integer);

create unlogged table bench.projects (
    n integer primary key,
    person integer not null,
    id uuid not null,
    id4 uuid not null,
    name text not null
);

create unlogged table bench.tags (
    n integer primary key,
    person integer not null,
    id uuid not null,
    id4 uuid not null,
    name text not null
);

create unlogged table bench.tasks (
    n integer primary key,
    person integer not null,
    project integer not null,
    parent integer,
    id uuid not null,
    id4 uuid not null,
    title text not null,
    description text not null,
    status text not null,
    priority smallint not null,
    due date,
    made double precision not null,
    done double precision,
    trashed boolean not null
);

create unlogged table bench.task_tags (task integer not null, tag integer not null);
create index on bench.task_tags (task);
