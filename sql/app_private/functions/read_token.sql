-- The one place where a token is taken apart and believed or not.
--
--   v1.<key id>.<role>.<user>.<scope>.<not before>.<expires>.<mac>
--
-- The mac is HMAC-SHA256, in hexadecimal, over everything before the last dot. The
-- role in it is what the token is good for: one made for a person does not open the
-- sign-up and log-in functions, although the same login may become either role.
--
-- Whatever is not a valid token is null, never an error: policies ask, and a policy
-- that can raise tells by raising that it was asked. Who must be refused is refused by
-- app.authenticate and app_private.require_scope, before any row is looked at.
--
-- Runs with the rights of the functions that call it; never granted.

create function app_private.read_token(
    p_role text, out user_id uuid, out scope text, out signed_at bigint
)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_token constant text := current_setting('app.token', true);
    v_part text[];
    v_key app_private.signing_keys;
    v_now bigint;
begin
    -- Only what the mac itself needs is looked at before the mac is right. What stands
    -- in the body was then written by the backend, so that its casts cannot fail.
    -- No counts in the pattern: `{64}` takes three times as long.
    if octet_length(v_token) > 300 or v_token !~
        '^v1[.][0-9][0-9]?[0-9]?[0-9]?[.][a-z]+[.][0-9a-f-]+[.][0-9a-f-]+[.][0-9]+[.][0-9]+[.][0-9a-f]+$' -- noqa: LT05
    then
        return;
    end if;
    v_part := string_to_array(v_token, '.');
    if length(v_part[8]) <> 64 then
        return;
    end if;
    select k.* into v_key
    from app_private.signing_keys as k
    where k.key_id = v_part[2]::smallint
    and (k.retired_at is null or k.retired_at > statement_timestamp());
    -- Compared by their hashes under the key: how many leading bytes of a guess were
    -- right does not show in the time that the answer takes. Without a token or a key
    -- all of this is null, hence not true.
    if sha256(
        v_key.outer_pad || sha256(
            v_key.outer_pad || sha256(
                v_key.inner_pad || convert_to(left(v_token, -65), 'UTF8')
            )
        )
    ) = sha256(v_key.outer_pad || decode(v_part[8], 'hex'))
    then
        v_now := floor(extract(epoch from statement_timestamp()));
        if v_part[3] = p_role
            and v_part[6]::bigint <= v_now
            and v_part[7]::bigint > v_now
            and v_part[7]::bigint - v_part[6]::bigint <= 900
        then
            user_id := v_part[4]::uuid;
            scope := v_part[5];
            -- A token is dated back by a minute, for clocks that are set (todo_db).
            signed_at := v_part[6]::bigint + 60;
        end if;
    end if;
end
$$;

comment on function app_private.read_token(text) is
'User, scope and Unix second of signing of the request''s token if it is valid for that role, else nulls.';
