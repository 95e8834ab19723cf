-- Somebody forgot a password. The backend sends the mail either way; only for an
-- account that can log in does the secret in it open anything. No account is looked at
-- here, as in app_auth.sign_up. Earlier links stay good, so that nobody can make those
-- of somebody else void by asking for more.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.request_reset(p_email text, p_token_hash bytea)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform app_private.require_scope('request_reset', p_email);

    delete from app_auth.password_resets where token_hash in (
        select r.token_hash from app_auth.password_resets as r
        where r.expires_at <= now()
        order by r.expires_at limit 2 for update skip locked
    );
    insert into app_auth.password_resets (email, token_hash)
    values (p_email, p_token_hash);
end
$$;

comment on function app_auth.request_reset(text, bytea) is
'Stores the token of a password-reset mail; does the same for an address that nobody can log in with.';
grant execute on function app_auth.request_reset(text, bytea) to todo_auth;
