-- A new row goes to the end of its list, without reading the list and without a race:
-- its position is the time. Sixteen hexadecimal digits of microseconds sort as text in
-- collation "C", and any two of them leave room in between (app.position_between).

create function app.position_now()
returns text
language sql
volatile
parallel safe
set search_path = pg_catalog, pg_temp
-- The trailing V keeps the last digit from being 0, below which nothing fits.
return lpad(
    to_hex((extract(epoch from clock_timestamp()) * 1000000)::bigint), 14, '0'
) || 'V';

comment on function app.position_now() is
'A position after everything placed so far: the current time as sortable text.';
grant execute on function app.position_now() to todo_user, todo_registrar;
