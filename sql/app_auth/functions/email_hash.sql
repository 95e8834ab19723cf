-- What an address is counted by: the same however its letters are cased, and 32 bytes
-- whoever made it up. No address is longer than 254 characters, and nothing is worked
-- out for one that is.

create function app_auth.email_hash(p_email text)
returns bytea
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if octet_length(p_email) > 4 * 254 or char_length(p_email) > 254 then
        raise exception 'an e-mail address has at most 254 characters'
            using errcode = 'check_violation', constraint = 'users_email_is_short';
    end if;
    return sha256(convert_to(lower(p_email), 'UTF8'));
end
$$;

comment on function app_auth.email_hash(text) is
'SHA-256 of an address in lower case; SQLSTATE 23514 for one that is too long.';
