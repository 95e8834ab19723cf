-- The sign-up and log-in functions reach other people's rows, so a role is not enough
-- to call them: any SQL that runs as the backend's login could take that role. The
-- backend signs a token for one function and one argument, and nothing else can be
-- asked with it.
--
-- SECURITY DEFINER: reads signing_keys, which nobody is granted.

create function app_private.require_scope(p_function text, p_argument text)
returns void
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_wanted text;
begin
    -- An address or a hash in hexadecimal: what is longer was never signed.
    if octet_length(p_argument) <= 1024 then
        v_wanted := encode(
            sha256(convert_to(p_function || ':' || p_argument, 'UTF8')), 'hex'
        );
        if v_wanted = (select t.scope from app_private.read_token('auth') as t) then
            return;
        end if;
    end if;
    raise exception 'the token of this request is not valid'
        using errcode = 'invalid_authorization_specification';
end
$$;

comment on function app_private.require_scope(text, text) is
'Raises 28000 unless the request''s token was signed for this function with this first argument.';
grant execute on function app_private.require_scope(text, text) to todo_registrar;
