-- The one place where a token is taken apart and believed or refused.
--
--   v1.<key id>.<role>.<user>.<scope>.<not before>.<expires>.<mac>
--
-- The mac is HMAC-SHA256, in hexadecimal, over everything before the last dot. The role
-- in it is what the token is good for: one made for a person does not open the sign-up
-- and log-in functions, although the same login may become either role.
--
-- No token at all is nobody (null). Anything else that is not a valid token is refused
-- with 28000 and one and the same text: which part was wrong is nobody's business.
-- After the transaction that set it, an unset setting reads as '', hence nullif.
--
-- Runs with the rights of the functions that call it; never granted.

create function app_private.read_token(
    p_role text, out user_id uuid, out scope text
)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_token text := nullif(current_setting('app.token', true), '');
    v_part text[];
    v_key app_private.signing_keys;
    v_now bigint;
    v_mac bytea;
begin
    if v_token is null then
        return;
    end if;
    -- Only what the mac itself needs is looked at before the mac is right. What stands
    -- in the body was then written by the backend, so that its casts cannot fail.
    if octet_length(v_token) <= 300 then
        v_part := string_to_array(v_token, '.');
        if cardinality(v_part) = 8
            and v_part[1] = 'v1'
            and length(v_part[2]) between 1 and 4
            and translate(v_part[2], '0123456789', '') = ''
            and length(v_part[8]) = 64
            and translate(v_part[8], '0123456789abcdef', '') = ''
        then
            select k.* into v_key
            from app_private.signing_keys as k
            where k.key_id = v_part[2]::smallint
            and (k.retired_at is null or k.retired_at > statement_timestamp());
            v_mac := sha256(
                v_key.outer_pad || sha256(
                    v_key.inner_pad || convert_to(left(v_token, -65), 'UTF8')
                )
            );
            v_now := floor(extract(epoch from statement_timestamp()));
            -- Compared by their hashes under the key: how many leading bytes of a guess
            -- were right does not show in the time that the answer takes. Without a key
            -- all of this is null, hence not true.
            if sha256(v_key.outer_pad || v_mac)
                = sha256(v_key.outer_pad || decode(v_part[8], 'hex'))
            then
                if v_part[3] = p_role
                    and v_part[6]::bigint <= v_now
                    and v_part[7]::bigint > v_now
                    and v_part[7]::bigint - v_part[6]::bigint <= 900
                then
                    user_id := v_part[4]::uuid;
                    scope := v_part[5];
                    return;
                end if;
            end if;
        end if;
    end if;
    raise exception 'the token of this request is not valid'
        using errcode = 'invalid_authorization_specification';
end
$$;

comment on function app_private.read_token(text) is
'User and scope of the request''s token if it is valid for that role; null without a token; 28000 for anything else.';
