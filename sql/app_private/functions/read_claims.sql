-- The identity that a listed login set as `request.jwt.claims`: see
-- trusted_jwt_logins.
--
-- Claims that are no JSON object with a UUID as `sub` are null, never an error, as in
-- app_private.read_token. PostgreSQL 15 can only find out by catching an error, which
-- it cannot do inside a parallel plan; later versions ask pg_input_is_valid.
--
-- Runs with the rights of the functions that call it; never granted.

create function app_private.read_claims(out user_id uuid, out signed_at bigint)
language plpgsql
stable
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_text text := nullif(current_setting('request.jwt.claims', true), '');
    v_claims jsonb;
begin
    if v_text is null or octet_length(v_text) > 16384 or not exists (
        select from app_private.trusted_jwt_logins as l where l.login = session_user
    ) then
        return;
    end if;
    if current_setting('server_version_num')::integer >= 160000 then
        if pg_input_is_valid(v_text, 'jsonb') then
            v_claims := v_text::jsonb;
        end if;
    else
        begin
            v_claims := v_text::jsonb;
        exception
            when others then
                return;
        end;
    end if;
    if jsonb_typeof(v_claims) = 'object'
        and v_claims ->> 'sub' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    then
        user_id := (v_claims ->> 'sub')::uuid;
        -- NumericDate (RFC 7519, section 2); without one the claims are of no age.
        if jsonb_typeof(v_claims -> 'iat') = 'number'
            and (v_claims ->> 'iat')::numeric between 0 and 1e11
        then
            signed_at := floor((v_claims ->> 'iat')::numeric);
        end if;
    end if;
end
$$;

comment on function app_private.read_claims() is
'User and Unix second of issue in request.jwt.claims when the login is listed in trusted_jwt_logins, else nulls.';
