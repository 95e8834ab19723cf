-- Arrays of types that are no text, and of domains; with nulls, and with dimensions.

create schema arrays;
create domain arrays.short as text constraint short_is_short check (length(value) <= 3);

create table arrays.lists (
    id integer primary key,
    uuids uuid[] not null default '{}',
    dates date[],
    booleans boolean[],
    blobs bytea[],
    intervals interval[],
    addresses inet[],
    integers integer[],
    shorts arrays.short[]
);
