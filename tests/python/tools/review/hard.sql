create schema hard;
create type hard.mood as enum ('sad', 'fine', 'happy');
create domain hard.percent as numeric(5, 2) check (value between 0 and 100);
create domain hard.word as text not null check (value ~ '^[a-z]+(-[a-z0-9]+)*$');

create table hard.people (
    id integer generated always as identity primary key,
    slug hard.word unique,
    mood hard.mood not null,
    share hard.percent not null default 100,
    "Odd ""name" text check ("Odd ""name" <> ''),
    boss_id integer references hard.people (id),
    is_boss boolean not null,
    balance money,
    address inet,
    tags text[] not null,
    shape box,
    extra jsonb not null check (jsonb_typeof(extra) = 'array'),
    twice integer generated always as (id * 2) stored check (twice > 0)
);

-- Keys that go round in a circle, and a table that stands below itself.
create table hard.hens (id bigint primary key, egg_id bigint not null);
create table hard.eggs (id bigint primary key, hen_id bigint not null references hard.hens);
alter table hard.hens add foreign key (egg_id) references hard.eggs;
create table hard.roots (
    id uuid primary key, parent_id uuid not null references hard.roots
);

create table hard.bookings (
    person_id integer not null references hard.people,
    slug text not null references hard.people (slug),
    during tstzrange not null,
    state text not null check (state in ('asked', 'given', 'refused')),
    answered_at timestamptz,
    starts date not null,
    ends date not null,
    code char(8) not null unique,
    primary key (person_id, during),
    constraint answered check ((state = 'asked') = (answered_at is null)),
    constraint in_order check (starts < ends)
);

create table hard.readings (
    at timestamptz not null, person_id integer not null references hard.people,
    value double precision, primary key (person_id, at)
) partition by range (at);
create table hard.readings_2019 partition of hard.readings
for values from ('2019-01-01') to ('2020-01-01');
create table hard.readings_2020 partition of hard.readings
for values from ('2020-01-01') to ('2021-01-01');

create table hard.kinds (id smallint, name text) partition by list (name);
create table hard.kinds_a partition of hard.kinds for values in ('one', 'two');
