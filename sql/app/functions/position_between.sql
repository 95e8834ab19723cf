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
    -- No row holds a longer one; the loop below takes as long as they are.
    if octet_length(v_after) > 200 or octet_length(p_before) > 200
        or v_after ~ '[^0-9A-Za-z]' or p_before ~ '[^0-9A-Za-z]' or p_before ~ '0$'
        or p_before = ''
    then
        raise exception 'a position has up to 200 digits and letters and does not end in 0'
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
