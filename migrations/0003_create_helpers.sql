-- Small tools that tables lean on: ids, names, zones, manual order.
-- depends: 0002_create_schemas

set local lock_timeout = '2s';
set local role todo_owner;

-- Ids sort by the time they were made, so that new rows land side by side in an index.
-- PostgreSQL 18 has uuidv7(); this one is the same layout (RFC 9562, section 5.7) on 15
-- and later: 48 bits of milliseconds, then version, variant and 74 random bits.

create function app.uuid_v7()
returns uuid
language sql
volatile
parallel safe
set search_path = pg_catalog, pg_temp
begin atomic
    -- A random UUID is version 4 (0100): setting bits 52 and 53 makes it 7 (0111).
    select encode(
        set_bit(
            set_bit(
                substr(
                    int8send((extract(epoch from clock_timestamp()) * 1000)::bigint), 3
                )
                || substr(uuid_send(gen_random_uuid()), 7),
                52,
                1
            ),
            53,
            1
        ),
        'hex'
    )::uuid;
end;

comment on function app.uuid_v7() is
'A new UUID version 7 (RFC 9562): sortable by the millisecond in which it was made.';
grant execute on function app.uuid_v7() to todo_user, todo_registrar;

-- Two names that a person cannot tell apart get the same key: compatibility form (full
-- width, ligatures), case by way of upper case (so that both sigmas meet), invisible
-- characters and outer blanks do not count.

create function app.fold_name(p_name text)
returns text
language sql
immutable
strict
parallel safe
set search_path = pg_catalog, pg_temp
return btrim(
    lower(
        upper(
            normalize(
                -- soft hyphen, Mongolian separator, zero-width and direction marks, BOM
                translate(
                    p_name,
                    U&'\00AD\180E\200B\200C\200D\200E\200F\2060\FEFF',
                    ''
                ),
                nfkc
            )
        )
    ),
    E' \t\n\r'
);

comment on function app.fold_name(text) is
'The key under which two names count as the same: compatibility form, case, invisible characters and outer blanks do not matter.';
grant execute on function app.fold_name(text) to todo_user;

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
    if p_name !~ '^(UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z0-9_+-]+){1,2})$' then
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
'Whether the text is UTC or the name of an IANA time zone, such as Europe/Berlin.';
grant execute on function app.is_time_zone(text) to todo_user, todo_registrar;

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

-- Manual order without renumbering: a position is a fraction written in base 62, and
-- between two of them there is always a third. Text in collation "C" is compared byte
-- by byte, and its operators are leakproof, so that an index serves it under row-level
-- security; float and numeric would run out of digits or of the index.

create function app.position_between(p_after text, p_before text)
returns text
language plpgsql
volatile
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    c_digits constant text collate "C" :=
        '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    v_now text collate "C" := app.position_now();
    v_after text collate "C" := coalesce(p_after, '');
    v_result text := '';
    v_low integer;
    v_high integer;
    v_bounded boolean := p_before is not null;
    i integer := 0;
begin
    if v_after ~ '[^0-9A-Za-z]' or p_before ~ '[^0-9A-Za-z]' or p_before ~ '0$'
        or p_before = '' then
        raise exception 'a position has digits and letters and does not end in 0'
            using errcode = 'invalid_parameter_value';
    end if;
    if v_bounded and v_after >= p_before collate "C" then
        raise exception 'no position lies between these two: the first is not before the second'
            using errcode = 'invalid_parameter_value';
    end if;
    if not v_bounded and v_now > v_after then
        return v_now;
    end if;
    loop
        i := i + 1;
        v_low := strpos(c_digits, nullif(substr(v_after, i, 1), '')) - 1;
        v_low := coalesce(v_low, 0);
        v_high := case when v_bounded
            then strpos(c_digits, substr(p_before, i, 1)) - 1 else 62 end;
        if v_high - v_low > 1 then
            return v_result || substr(c_digits, (v_low + v_high) / 2 + 1, 1);
        end if;
        v_result := v_result || substr(c_digits, v_low + 1, 1);
        -- Once this digit is lower than the bound's, the rest may be anything.
        v_bounded := v_bounded and v_low = v_high;
    end loop;
end
$$;

comment on function app.position_between(text, text) is
'A position after the first and before the second; null stands for the start or the end of the list.';
grant execute on function app.position_between(text, text) to todo_user;

-- The life of a task, said once. Work can be taken back from anywhere; what is blocked
-- must be unblocked before it counts as reviewed or done.

create function app.is_task_transition(p_from text, p_to text)
returns boolean
language sql
immutable
strict
parallel safe
set search_path = pg_catalog, pg_temp
return p_to = any(
    case p_from
        when 'todo' then array['in_progress', 'review', 'blocked', 'done']
        when 'in_progress' then array['todo', 'review', 'blocked', 'done']
        when 'review' then array['todo', 'in_progress', 'blocked', 'done']
        when 'blocked' then array['todo', 'in_progress']
        when 'done' then array['todo', 'in_progress']
    end
);

comment on function app.is_task_transition(text, text) is
'Whether a task may go from the first status to the second; false for the same one.';
grant execute on function app.is_task_transition(text, text) to todo_user;

reset role;
