-- Takes the secret of a verification mail. One UPDATE decides: of two requests with the
-- same secret at the same time, the second waits for the first and finds it used.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.verify_email(p_token_hash bytea)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('verify_email', encode(p_token_hash, 'hex'));

    update app.auth_tokens set used_at = now()
    where token_hash = p_token_hash
    and purpose = 'verify_email'
    and used_at is null
    and expires_at > now()
    returning user_id into v_user_id;

    update app.users set email_verified_at = coalesce(email_verified_at, now())
    where id = v_user_id;
    return v_user_id;
end
$$;

comment on function app.verify_email(bytea) is
'Uses up a verification token and returns its user; null when it is unknown, used or expired, without saying which.';
grant execute on function app.verify_email(bytea) to todo_auth;
