-- Indexes, checks and what else hangs on a table, in every form that the server knows.

create schema app;
create function app.folded(text) returns text
language sql immutable strict return lower($1);

-- What create_all makes.

create table app.many (
    id integer primary key,
    a integer,
    b text,
    c text collate "C",
    "D d" timestamptz,
    words tsvector,
    document jsonb,
    span tstzrange,
    place point,
    number integer not null,
    letter text,
    constraint many_a_key unique nulls not distinct (a) include (b, c),
    constraint many_b_key unique (b, number) deferrable initially deferred,
    constraint many_no_overlap exclude using gist (span with &&),
    constraint many_no_twins exclude using btree (lower(b) with =) where (a > 0),
    constraint many_spread exclude using gist (span with &&, place with ~=)
    where (a is not null) deferrable initially deferred,
    constraint many_checked check (a > 0) no inherit
);
comment on constraint many_a_key on app.many is 'One of each.';
comment on constraint many_checked on app.many is 'Never below.';
create index many_plain_idx on app.many (a, b);
create unique index many_unique_idx on app.many (number, a);
create unique index many_distinct_idx on app.many (letter) nulls not distinct;
create index many_desc_idx on app.many (a desc, b desc nulls last, c nulls first);
create index many_expression_idx on app.many (lower(b), (a + 1), app.folded(c));
create index many_partial_idx on app.many (a) where b <> 'it''s :x' and a is not null;
create index many_cover_idx on app.many (a) include (b, "D d");
create index many_like_idx on app.many (b text_pattern_ops, c collate "POSIX");
create index many_collated_idx on app.many (b collate "C" text_pattern_ops desc);
create index many_hash_idx on app.many using hash (b);
create index many_gin_idx on app.many using gin (words);
create index many_path_idx on app.many using gin (document jsonb_path_ops);
create index many_key_idx on app.many using gin ((document -> 'tags'));
create index many_gist_idx on app.many using gist (place, span);
create index many_spgist_idx on app.many using spgist (place);
create index many_brin_idx on app.many using brin ("D d");
create index "Many ""odd"" idx" on app.many ("D d" desc);
create index many_filled_idx on app.many (number) with (fillfactor = 70);
create index many_slow_gin_idx on app.many using gin (words) with (fastupdate = off);
comment on index app.many_plain_idx is 'Serves nothing.';
alter table app.many add constraint many_unchecked check (number > 0) not valid;
alter table app.many alter column b set storage external;
alter table app.many alter column a set statistics 500;
create statistics app.many_statistics on a, number from app.many;

create unlogged table app.fleeting (id integer primary key) with (fillfactor = 50);

create table app.guarded (
    id integer primary key,
    owner text not null default current_user,
    constraint guarded_id_not_zero check (id <> 0)
);
alter table app.guarded enable row level security;
create policy guarded_select on app.guarded for select using (owner = current_user);
create function app.touch() returns trigger
language plpgsql as 'begin return new; end';
create trigger guarded_touch before update on app.guarded
for each row execute function app.touch();
create rule guarded_rule as on delete to app.guarded do instead nothing;
grant select, update (owner) on app.guarded to public;
