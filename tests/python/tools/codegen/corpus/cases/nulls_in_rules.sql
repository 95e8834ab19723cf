-- Rules whose translation cannot be tried with nulls: they call methods of the values.

create schema nulls_in_rules;

create table nulls_in_rules.spans (
    id integer primary key,
    a timestamptz not null,
    b timestamptz not null,
    s text not null,
    t text not null,
    d date not null,
    y integer not null,
    constraint b_is_after_a check (b > a),
    constraint s_starts_with_t check (starts_with(s, t)),
    constraint trimmed_s_is_not_t check (btrim(s) <> t),
    constraint d_is_in_year_y check (extract(year from d) = y)
);
