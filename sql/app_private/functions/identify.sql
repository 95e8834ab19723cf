-- Who is asking, by the one rule for both ways of showing it: a token that the backend
-- signed, or the claims of a listed login. The person must be there and active, and
-- what is shown must not be older than the person's tokens_valid_since.
--
-- Null for everybody else, never an error: see app_private.read_token.
-- Runs with the rights of the functions that call it; never granted.

create function app_private.identify()
returns uuid
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
    v_signed_at bigint;
begin
    if coalesce(current_setting('app.token', true), '') = '' then
        select c.user_id, c.signed_at into v_user_id, v_signed_at
        from app_private.read_claims() as c;
    else
        select t.user_id, t.signed_at into v_user_id, v_signed_at
        from app_private.read_token('user') as t;
    end if;
    if v_user_id is not null and app_auth.is_admitted(v_user_id, v_signed_at) then
        return v_user_id;
    end if;
    return null;
end
$$;

comment on function app_private.identify() is
'The person whose token or claims this request shows, if they are valid and the person is admitted; else null.';
