-- Names that Python, Pydantic, SQLModel, SQLAlchemy or the generated code itself keeps.

create schema app;

-- What create_all makes.

create table app."class" (
    id integer primary key,
    "None" integer,
    "True" boolean not null default true,
    "def" text,
    "lambda" text,
    "self" text not null,
    cls text,
    "dict" jsonb,
    "json" jsonb,
    "schema" text,
    fields text,
    validate text,
    construct text,
    "copy" text,
    metadata text,
    registry text,
    query_class text,
    model_config text,
    model_fields text,
    model_dump text,
    parse_obj text,
    from_orm text,
    "__init__" text,
    __tablename__ text,
    __table_args__ text,
    __mapper_args__ text,
    __insert__ text,
    __rules__ text,
    _sa_registry text,
    _ text,
    __ text,
    "2fa" text,
    "_2fa" text
);

create table app."Übergröße" (
    "Schlüssel" integer primary key,
    "naïve" text,
    "日本語" text,
    "ﬁ" text,
    "fi" text,
    "x²" text,
    "Ⅳ" text,
    "a b" text,
    "a-b" text,
    "a_b" text,
    "A B" text,
    "it's" text,
    "say ""hi""" text,
    "back\slash" text,
    "{brace}" text,
    "100%" text,
    "%(p)s" text,
    "co:lon" text,
    ":bind" text,
    "dot.ted" text,
    "$dollar" text,
    "new
line" text,
    check ("it's" <> "say ""hi""")
);

-- Called like what its module imports or defines.
create table app.columns (id integer primary key, mapped text, dt date, "UUID" uuid);
create table app.rows (id integer primary key, sql_text text, dt text, foreign_ text);
create table app.relationship (id integer primary key, "Field" text, "foreign" text);
create table app.text (id integer primary key, text text, date date, uuid uuid);
create table app.datetime (id integer primary key, datetime timestamptz, time time);
create table app.int (id integer primary key, int integer, str text, list text[]);
create table app.list (id integer primary key, bool boolean, float real, type text);
create table app.object (id integer primary key, object text, property text);
create table app.model (id integer primary key, base_model text);
create table app.base (id integer primary key, rules text, enums text, tables text);
create table app.rule (id integer primary key, rules text check (rules <> ''));
create table app.enum (id integer primary key, enum text check (enum in ('a', 'b')));
create table app.omitted (id integer primary key, given text, apply text, to_row text);

-- Whose classes would have one name.
create table app.status (id integer primary key);
create table app.statuses (id integer primary key);
create table app.person (id integer primary key);
create table app.people (id integer primary key);
create table app."People" (id integer primary key);
create table app."per son" (id integer primary key);
create table app.data (id integer primary key);
create table app.datum (id integer primary key);
create table app.task (id integer primary key);
create table app.task_create (id integer primary key, name text);
create table app.task_public (id integer primary key, name text);
create table app.task_update (id integer primary key, name text);
create table app."42" (id integer primary key, "42" integer);
create table app."_" (id integer primary key);
create table app."---" (id integer primary key);

-- Names of 63 bytes, which a longer name would be cut to.
create table app.a_name_that_is_as_long_as_postgresql_allows_names_to_be_and_no1 (
    a_column_that_is_as_long_as_postgresql_allows_names_to_be_and_1 integer,
    a_column_that_is_as_long_as_postgresql_allows_names_to_be_and_2 text not null,
    constraint a_constraint_that_is_as_long_as_postgresql_allows_it_to_be_and1
    primary key (a_column_that_is_as_long_as_postgresql_allows_names_to_be_and_1),
    constraint a_constraint_that_is_as_long_as_postgresql_allows_it_to_be_and2
    check (a_column_that_is_as_long_as_postgresql_allows_names_to_be_and_2 <> '')
);
create index an_index_that_is_as_long_as_postgresql_allows_names_to_be_and_n
on app.a_name_that_is_as_long_as_postgresql_allows_names_to_be_and_no1
(a_column_that_is_as_long_as_postgresql_allows_names_to_be_and_2);
create table app.a_name_that_is_as_long_as_postgresql_allows_names_to_be_and_no2 (
    id integer primary key,
    owner integer
    references app.a_name_that_is_as_long_as_postgresql_allows_names_to_be_and_no1
);

-- Constraints and references whose names collide as those of Python.
create table app.things (
    id integer primary key,
    class_id integer references app."class",
    "class" integer references app."class",
    things integer references app.things,
    constraint "no ""quotes"" please" check (id > 0),
    constraint "no quotes please" check (id < 1000000),
    constraint "class" check (id <> 7)
);

-- Comments that would end a string.
comment on table app.status is 'Says """stop""", ''''''stop'''''' and \ at the end \';
comment on column app.status.id is 'Ends with a "quote"';
comment on table app.statuses is '{braces} {0} %s %(name)s %% $1 :bind \n \N{BULLET} é 日本';
comment on column app.statuses.id is E'Two\nlines\n\n    and an indented "third"\twith tab';
comment on table app.person is '"';
comment on column app.person.id is '\';
comment on table app.people is '   ';
comment on column app.people.id is E'\u2028\u0085\u00a0';
