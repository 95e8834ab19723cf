-- Takes the secret of a reset mail and sets the new password. Every device is logged
-- out and every other link is void: whoever had the old password has nothing any more.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.reset_password(p_token_hash bytea, p_password_hash text)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('reset_password', encode(p_token_hash, 'hex'));

    update app.auth_tokens set used_at = now()
    where token_hash = p_token_hash
    and purpose = 'reset_password'
    and used_at is null
    and expires_at > now()
    returning user_id into v_user_id;

    update app.users set password_hash = p_password_hash
    where id = v_user_id;
    update app.auth_tokens set used_at = now()
    where user_id = v_user_id and used_at is null;
    return v_user_id;
end
$$;

comment on function app.reset_password(bytea, text) is
'Uses up a reset token, sets the password, ends every log-in and returns the user; null when the token is unknown, used or expired, without saying which.';
grant execute on function app.reset_password(bytea, text) to todo_auth;
