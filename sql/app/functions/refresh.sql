-- Trades a refresh token for the next one. Each is good once. One that is shown again
-- was copied: the whole family ends, the thief's copy included. A second request of the
-- same device within ten seconds is no theft; it gets nothing, and nothing ends.
-- (RFC 9700, section 4.14.2)
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.refresh(p_token_hash bytea, p_new_token_hash bytea)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
    v_family_id uuid;
begin
    perform app_private.require_scope('refresh', encode(p_token_hash, 'hex'));

    update app.auth_tokens as t set used_at = now()
    from app.users as u
    where t.token_hash = p_token_hash
    and t.purpose = 'refresh'
    and t.used_at is null
    and t.expires_at > now()
    and u.id = t.user_id
    and u.is_active
    returning t.user_id, t.family_id into v_user_id, v_family_id;

    if found then
        insert into app.auth_tokens (user_id, purpose, token_hash, family_id, expires_at)
        values (
            v_user_id, 'refresh', p_new_token_hash, v_family_id, now() + interval '30 days'
        );
        return v_user_id;
    end if;

    update app.auth_tokens as t set used_at = now()
    from app.auth_tokens as shown
    where shown.token_hash = p_token_hash
    and shown.purpose = 'refresh'
    and shown.used_at < now() - interval '10 seconds'
    and t.user_id = shown.user_id
    and t.family_id = shown.family_id
    and t.used_at is null;
    return null;
end
$$;

comment on function app.refresh(bytea, bytea) is
'Trades a refresh token for a new one and returns its user; null when it is not good; one that is shown twice ends its whole family.';
grant execute on function app.refresh(bytea, bytea) to todo_auth;
