-- The hash that a password has to match. There is always one: an address that nobody
-- can log in with gets a decoy that costs as much to verify and that no password
-- matches. Who the account belongs to is said by app.log_in, once the password was
-- right.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.find_login(p_email text)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_hash text;
    v_decoy text;
begin
    perform app_private.require_scope('find_login', p_email);
    -- Both are worked out every time, so that the time taken is the same.
    v_decoy := app_private.decoy_hash(p_email);
    select u.password_hash into v_hash
    from app.users as u
    where lower(u.email) = lower(p_email)
    and u.is_active
    and u.email_verified_at is not null;
    return coalesce(v_hash, v_decoy);
end
$$;

comment on function app.find_login(text) is
'The Argon2id hash to verify a password against; a decoy for an address that nobody can log in with.';
grant execute on function app.find_login(text) to todo_auth;
