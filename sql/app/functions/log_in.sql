-- Logs in somebody whose password was just verified against app.find_login: the hash is
-- shown again, so that a password changed in between counts. Hands out the first
-- refresh token of a new family.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.log_in(
    p_email text, p_password_hash text, p_refresh_hash bytea
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('log_in', p_email);

    update app.users set last_login_at = now()
    where lower(email) = lower(p_email)
    and password_hash = p_password_hash
    and is_active
    and email_verified_at is not null
    returning id into v_user_id;

    if v_user_id is not null then
        insert into app.auth_tokens (user_id, purpose, token_hash, expires_at)
        values (v_user_id, 'refresh', p_refresh_hash, now() + interval '30 days');
    end if;
    return v_user_id;
end
$$;

comment on function app.log_in(text, text, bytea) is
'Logs in by the hash that was just verified, stores a refresh token and returns the user; null when the hash is not the account''s.';
grant execute on function app.log_in(text, text, bytea) to todo_auth;
