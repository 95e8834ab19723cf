-- Every type of the core: plain, in arrays, under domains, in composites and ranges.

create schema app;
create schema other;
create type app.pair as (left_side integer, right_side text);
create type app.nested as (pair app.pair, pairs app.pair[]);
create domain app.short as text constraint short_is_short check (length(value) <= 20);
create domain app.shorter as app.short
constraint shorter_is_shorter check (length(value) <= 10);
create domain app.label as varchar(12) collate "C";
create type app.span as range (subtype = numeric);
create type other.level as enum ('low', 'high');

-- What create_all makes.

create type app.level as enum ('a-b', 'a_b', 'a b', 'A-B', 'won''t do', '', 'é', '1', '%', 'class', 'None', 'name', 'mro');
create domain app.shortest as app.shorter
constraint shortest_is_not_empty check (value <> '');
create domain app.wanted as integer not null default 1
constraint wanted_check check (value > 0);
create domain app.even as integer
constraint even_is_even check (value % 2 = 0)
constraint even_is_small check (value between -100 and 100);
create domain app.numbers as integer[];
create domain app.mood as app.level;
comment on domain app.shortest is 'A domain over a domain over a domain.';
comment on type app.level is 'How much.';

create table app.plain (
    id integer primary key,
    a_smallint smallint,
    a_bigint bigint,
    a_boolean boolean,
    a_text text,
    a_varchar varchar,
    a_varchar_n varchar(7),
    a_char char,
    a_char_n char(5),
    a_quoted_char "char",
    a_name name,
    a_uuid uuid,
    a_date date,
    a_time time,
    a_time_n time(3),
    a_timetz timetz,
    a_timestamp timestamp,
    a_timestamp_n timestamp(0),
    a_timestamptz timestamptz,
    a_timestamptz_n timestamptz(3),
    an_interval interval,
    an_interval_field interval hour to minute,
    an_interval_n interval(3),
    a_numeric numeric,
    a_numeric_n numeric(7),
    a_numeric_n_m numeric(7, 3),
    a_numeric_left numeric(3, -2),
    a_real real,
    a_double double precision,
    a_bytea bytea,
    a_json json,
    a_jsonb jsonb,
    a_money money,
    an_xml xml,
    a_bit bit,
    a_bit_n bit(5),
    a_varbit bit varying,
    a_varbit_n bit varying(9),
    an_inet inet,
    a_cidr cidr,
    a_macaddr macaddr,
    a_macaddr8 macaddr8,
    an_oid oid,
    a_regclass regclass,
    a_tsvector tsvector,
    a_tsquery tsquery,
    a_point point,
    a_line line,
    a_segment lseg,
    a_box box,
    a_path path,
    a_polygon polygon,
    a_circle circle,
    a_snapshot pg_snapshot,
    a_lsn pg_lsn,
    a_jsonpath jsonpath
);

create table app.compound (
    id integer primary key,
    integers integer[],
    matrix integer[][],
    texts text[] not null default '{}',
    uuids uuid[],
    moments timestamptz[],
    documents jsonb[],
    amounts numeric(5, 2)[],
    codes char(3)[],
    levels app.level[],
    a_level app.level not null default 'won''t do',
    other_level other.level,
    a_pair app.pair,
    pairs app.pair[],
    a_nested app.nested,
    short app.short,
    shortest app.shortest,
    labels app.label[],
    label app.label,
    wanted app.wanted,
    even app.even,
    numbers app.numbers,
    mood app.mood,
    int4 int4range,
    int8 int8range,
    num numrange,
    days daterange,
    ts tsrange,
    tstz tstzrange,
    span app.span,
    ints int4multirange,
    nums nummultirange,
    dates datemultirange,
    tss tsmultirange,
    tstzs tstzmultirange,
    ranges int4range[]
);

create table app.collated (
    id text collate "C" primary key,
    varying varchar(10) collate "POSIX",
    several text[] collate "C",
    level text check (level in ('a-b', 'a_b', 'a b')),
    other_level text collate "C" check (other_level in ('low', 'high')),
    kind varchar(9) not null default 'x y' check (kind in ('x y', 'x-y', ''))
);
