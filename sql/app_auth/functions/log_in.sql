-- Logs in somebody whose password was just verified against app_auth.find_login: the
-- hash is shown again, so that a password changed in between counts. Begins a log-in
-- and hands out its first refresh token.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.log_in(
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
    v_session_id uuid;
begin
    perform app_private.require_scope('log_in', p_email);

    -- A row is read in any case, as app_auth.find_login does.
    select
        case
            when lower(u.email) = lower(p_email)
                and u.password_hash = p_password_hash
                and u.is_active
                and u.email_verified_at is not null
                then u.id
        end
    into v_user_id
    from app_data.users as u
    where lower(u.email) >= lower(p_email)
    order by lower(u.email)
    limit 1;
    -- What app_auth.find_login counted was no wrong password, if it was the right one. A
    -- row is written in any case: without it the time would tell whether there is an
    -- account to look at.
    insert into app_auth.login_attempts as a (email_hash, free_at)
    values (app_auth.email_hash(p_email), now())
    on conflict (email_hash) do update set
        free_at = case
            when v_user_id is null then a.free_at
            else a.free_at - interval '6 minutes'
        end;

    -- Looked at again: the password may have been changed by whoever was waited for.
    update app_data.users set last_login_at = now()
    where id = v_user_id
    and password_hash = p_password_hash
    and is_active
    and email_verified_at is not null
    returning id into v_user_id;
    if v_user_id is null then
        return null;
    end if;

    delete from app_auth.sessions where (user_id, id) in (
        select s.user_id, s.id from app_auth.sessions as s
        where s.expires_at <= now()
        order by s.expires_at limit 2 for update skip locked
    );
    insert into app_auth.sessions (user_id) values (v_user_id)
    returning id into v_session_id;
    insert into app_auth.refresh_tokens (token_hash, user_id, session_id)
    values (p_refresh_hash, v_user_id, v_session_id);
    return v_user_id;
end
$$;

comment on function app_auth.log_in(text, text, bytea) is
'Logs in by the hash that was just verified, stores a refresh token and returns the user; null when the hash is not the account''s.';
grant execute on function app_auth.log_in(text, text, bytea) to todo_auth;
