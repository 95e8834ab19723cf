-- Writes down an attempt to sign up. No account is looked at, let alone changed, so
-- that neither the answer, nor the time it takes, nor a lock tells whether there is
-- one, and nobody can park an account under somebody else's address: see
-- app_auth.verify_email.
--
-- SECURITY DEFINER, owned by todo_registrar: writes before anybody is known. What it
-- may be asked is bound by the request's token (app_private.require_scope).

create function app_auth.sign_up(
    p_email text,
    p_first_name text,
    p_last_name text,
    p_password_hash text,
    p_token_hash bytea,
    p_time_zone text default 'UTC'
)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform app_private.require_scope('sign_up', p_email);

    delete from app_auth.sign_ups where token_hash in (
        select s.token_hash from app_auth.sign_ups as s
        where s.expires_at <= now()
        order by s.expires_at limit 2 for update skip locked
    );
    insert into app_auth.sign_ups (
        email, first_name, last_name, password_hash, token_hash, time_zone
    ) values (
        p_email, p_first_name, p_last_name, p_password_hash, p_token_hash, p_time_zone
    );
end
$$;

comment on function app_auth.sign_up(text, text, text, text, bytea, text) is
'Writes down an attempt to sign up that waits for its address to be verified; does the same for an address that has an account.';
grant execute on function app_auth.sign_up(text, text, text, text, bytea, text)
to todo_auth;
