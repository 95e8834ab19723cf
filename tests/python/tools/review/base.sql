create schema s;

create table s.people (
    id bigint generated always as identity primary key,
    email text not null,
    nick text,
    constraint people_email_has_form check (email ~ '^[^@ ]+@[^@ ]+$')
);
create unique index people_email_key on s.people (lower(email));

create table s.things (
    person_id bigint not null references s.people (id) on delete cascade,
    id uuid not null,
    owner_id bigint,
    name text not null,
    amount integer not null default 1,
    note text,
    done_at timestamptz,
    primary key (person_id, id),
    constraint things_amount_is_small check (amount between 1 and 9)
);
alter table s.things add constraint things_note_is_there check (note is not null)
not valid;

create table s.readings (at date not null, value integer) partition by range (at);
create table s.readings_2024 partition of s.readings
for values from ('2024-01-01') to ('2026-01-01');
create table s.readings_2030 (at date not null, value integer);

create function s.touch() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as 'begin return new; end';

create materialized view s.totals as select person_id, count(*) from s.things group by 1;
