-- The identity that a listed login set as `request.jwt.claims`: see claim_logins.
-- Apart from read_token, because catching a bad JSON text costs a subtransaction.

create function app_private.read_claims()
returns uuid
language plpgsql
stable
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_claims text := nullif(current_setting('request.jwt.claims', true), '');
begin
    if v_claims is null or not exists (
        select from app_private.claim_logins as c where c.login = session_user
    ) then
        return null;
    end if;
    return (v_claims::jsonb ->> 'sub')::uuid;
exception
    when data_exception then
        raise exception 'the claims of this request are not valid'
            using errcode = 'invalid_authorization_specification';
end
$$;

comment on function app_private.read_claims() is
'The user in request.jwt.claims when the login is listed in claim_logins, else null.';
