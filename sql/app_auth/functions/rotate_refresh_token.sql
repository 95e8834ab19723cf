-- Trades a refresh token for the next one. Each is good once. One that is shown again
-- was copied, or its answer was lost; nobody can tell which, so the log-in ends, and
-- with it every token of it, whoever came first (RFC 9700, section 4.14.2). There is no
-- time of grace: within it a thief who comes first would keep the log-in.
--
-- The same request once more is no theft: whoever names the successor that this token
-- was traded for knows it, and a thief of the token does not. As long as the successor
-- was not used the answer is the same again, for clients that lost it.
--
-- However often it is continued, a log-in ends with its session's expires_at.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.rotate_refresh_token(
    p_token_hash bytea, p_new_token_hash bytea
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_token app_auth.refresh_tokens;
    v_session app_auth.sessions;
begin
    perform app_private.require_scope(
        'rotate_refresh_token', encode(substr(p_token_hash, 1, 33), 'hex')
    );

    select t.* into v_token
    from app_auth.refresh_tokens as t where t.token_hash = p_token_hash;
    -- All requests of one log-in stand in line here; what was read before may be old.
    select s.* into v_session
    from app_auth.sessions as s
    where s.user_id = v_token.user_id and s.id = v_token.session_id
    for update;
    select t.* into v_token
    from app_auth.refresh_tokens as t where t.token_hash = p_token_hash;

    if not exists (
        select from app_data.users as u
        where u.id = v_session.user_id
        and u.is_active
        and (u.tokens_valid_since is null or u.tokens_valid_since <= v_session.created_at)
    ) or v_session.expires_at <= now() or v_token.expires_at <= now() then
        return null;
    end if;
    if v_token.successor_hash is null then
        delete from app_auth.refresh_tokens
        where user_id = v_session.user_id
        and session_id = v_session.id
        and expires_at <= now();
        update app_auth.refresh_tokens set successor_hash = p_new_token_hash
        where token_hash = p_token_hash;
        insert into app_auth.refresh_tokens (token_hash, user_id, session_id)
        values (p_new_token_hash, v_session.user_id, v_session.id);
        return v_session.user_id;
    end if;
    if v_token.successor_hash = p_new_token_hash and exists (
        select from app_auth.refresh_tokens as t
        where t.token_hash = p_new_token_hash and t.successor_hash is null
    ) then
        return v_session.user_id;
    end if;
    delete from app_auth.sessions
    where user_id = v_session.user_id and id = v_session.id;
    return null;
end
$$;

comment on function app_auth.rotate_refresh_token(bytea, bytea) is
'Trades a refresh token for a new one and returns its user; null when it is not good; one that is shown twice with different successors ends its log-in.';
grant execute on function app_auth.rotate_refresh_token(bytea, bytea) to todo_auth;
