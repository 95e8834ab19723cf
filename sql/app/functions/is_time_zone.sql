-- Only names of the IANA database are zones here. PostgreSQL would also take 'EST5EDT',
-- '+03' and 'foo+3', whose sign is the opposite of what people mean.
-- Declared immutable because PostgreSQL's own timezone(text, timestamptz) is: a zone
-- that a later tzdata drops makes a stored row fail its check only when it is written.
-- Parallel unsafe: before PostgreSQL 17 no exception can be caught in parallel mode.

create function app.is_time_zone(p_name text)
returns boolean
language plpgsql
immutable
strict
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    -- The longest name has 32 characters; a pattern takes its time with long texts.
    if octet_length(p_name) > 64
        or p_name !~ '^(UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z0-9_+-]+){1,2})$'
    then
        return false;
    end if;
    perform timezone(p_name, timestamptz '2000-01-01 00:00:00+00');
    return true;
exception
    when invalid_parameter_value then
        return false;
end
$$;

comment on function app.is_time_zone(text) is
'@omit execute
Whether the text is UTC or the name of an IANA time zone, such as Europe/Berlin.';
grant execute on function app.is_time_zone(text) to todo_user, todo_registrar;
