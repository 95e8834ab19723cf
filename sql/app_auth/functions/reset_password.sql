-- Takes the secret of a reset mail and sets the new password. Every device is logged
-- out, every token that was signed before is refused, every other link is void and the
-- count of wrong passwords ends: whoever had the old password has nothing any more.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.reset_password(p_token_hash bytea, p_password_hash text)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_email text;
    v_user_id uuid;
begin
    perform app_private.require_scope('reset_password', encode(substr(p_token_hash, 1, 33), 'hex'));

    select r.email into v_email
    from app_auth.password_resets as r where r.token_hash = p_token_hash;
    -- Two links of one address at once: one waits for the other, and finds nothing.
    perform from app_auth.password_resets as r
    where lower(r.email) = lower(v_email) order by r.token_hash for update;
    perform from app_auth.password_resets as r
    where r.token_hash = p_token_hash and r.expires_at > now();
    if not found then
        return null;
    end if;

    delete from app_auth.password_resets where lower(email) = lower(v_email);
    update app_data.users set password_hash = p_password_hash, tokens_valid_since = now()
    where lower(email) = lower(v_email)
    and is_active
    and email_verified_at is not null
    returning id into v_user_id;
    delete from app_auth.sessions where user_id = v_user_id;
    delete from app_auth.login_attempts
    where email_hash = app_auth.email_hash(v_email);
    return v_user_id;
end
$$;

comment on function app_auth.reset_password(bytea, text) is
'Uses up a reset link, sets the password, ends every log-in and returns the user; null when the link is unknown, used or expired, or its address has no account, without saying which.';
grant execute on function app_auth.reset_password(bytea, text) to todo_auth;
