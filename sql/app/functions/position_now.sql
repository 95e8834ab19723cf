-- A new row goes to the end of its list, without reading the list and without a race:
-- its position is the time. Thirteen hexadecimal digits of microseconds, enough until
-- the year 2112, sort as text in collation "C", and any two of them leave room in
-- between (app.position_between).
--
-- No search_path: see app.uuid_v7.

create function app.position_now()
returns text
language sql
volatile
parallel safe
-- The trailing V keeps the last digit from being 0, below which nothing fits.
return lpad(
    to_hex((extract(epoch from clock_timestamp()) * 1000000)::bigint), 13, '0'
) || 'V';

comment on function app.position_now() is
'@omit execute
A position after everything placed so far: the current time as sortable text.';
grant execute on function app.position_now() to todo_user, todo_registrar;
