-- The hash that a password has to match. There is always one: an address that nobody
-- can log in with gets a decoy that costs as much to verify and that no password
-- matches. Who the account belongs to is said by app_auth.log_in, once the password was
-- right.
--
-- Each call is counted as a try on the address, which app_auth.log_in takes back. An
-- address that was tried too often lately gets the decoy as well, so that even the
-- right password is wrong for a while. Addresses without an account are counted and
-- answered alike; a new password (app_auth.reset_password) ends the count.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.find_login(p_email text)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_hash text;
    v_decoy text;
    v_is_blocked boolean;
begin
    perform app_private.require_scope('find_login', p_email);

    delete from app_auth.login_attempts where email_hash in (
        select a.email_hash from app_auth.login_attempts as a
        where a.free_at <= now()
        order by a.free_at limit 2 for update skip locked
    );
    insert into app_auth.login_attempts as a (email_hash, free_at)
    values (app_auth.email_hash(p_email), now() + interval '6 minutes')
    on conflict (email_hash) do update set
        is_blocked = a.free_at > now() + interval '54 minutes',
        free_at = case
            when a.free_at > now() + interval '54 minutes' then a.free_at
            else greatest(a.free_at, now()) + interval '6 minutes'
        end
    returning a.is_blocked into v_is_blocked;

    -- Both are worked out every time, and a row is read in any case (without an account,
    -- the next in order), so that the time taken is the same.
    v_decoy := app_private.decoy_hash(p_email);
    select
        case
            when lower(u.email) = lower(p_email)
                and u.is_active
                and u.email_verified_at is not null
                then u.password_hash
        end
    into v_hash
    from app_data.users as u
    where lower(u.email) >= lower(p_email)
    order by lower(u.email)
    limit 1;
    return case when v_is_blocked then v_decoy else coalesce(v_hash, v_decoy) end;
end
$$;

comment on function app_auth.find_login(text) is
'The Argon2id hash to verify a password against; a decoy for an address that nobody can log in with, or that was tried too often.';
grant execute on function app_auth.find_login(text) to todo_auth;
