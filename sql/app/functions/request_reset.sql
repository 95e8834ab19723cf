-- Somebody forgot a password. The backend sends the mail either way; only for an
-- account that can log in does the secret in it open anything. One link at a time is
-- good.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.request_reset(p_email text, p_token_hash bytea)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('request_reset', p_email);

    select u.id into v_user_id
    from app.users as u
    where lower(u.email) = lower(p_email)
    and u.is_active
    and u.email_verified_at is not null;

    update app.auth_tokens set used_at = now()
    where user_id = v_user_id and purpose = 'reset_password' and used_at is null;
    insert into app.auth_tokens (user_id, purpose, token_hash, expires_at)
    select v_user_id, 'reset_password', p_token_hash, now() + interval '1 hour'
    where v_user_id is not null;
end
$$;

comment on function app.request_reset(text, bytea) is
'Stores the token of a password-reset mail; for an address that nobody can log in with it does nothing and says the same.';
grant execute on function app.request_reset(text, bytea) to todo_auth;
