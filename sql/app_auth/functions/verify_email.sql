-- Makes an account of the attempt whose link was followed by somebody who knows the
-- attempt's password: the hash from app_auth.find_sign_up is shown again. A link
-- without the password opens nothing, so that an attempt which somebody else made on my
-- address cannot become an account, whichever link I follow. Every other attempt on the
-- address ends with it.
--
-- An address that is verified already keeps its account as it is: null.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.verify_email(p_token_hash bytea, p_password_hash text)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_email text;
    v_attempt app_auth.sign_ups;
    v_user_id uuid;
begin
    perform app_private.require_scope('verify_email', encode(substr(p_token_hash, 1, 33), 'hex'));

    select s.email into v_email
    from app_auth.sign_ups as s where s.token_hash = p_token_hash;
    -- Two links of one address at once: one waits for the other, and finds nothing.
    perform from app_auth.sign_ups as s
    where lower(s.email) = lower(v_email) order by s.token_hash for update;
    select s.* into v_attempt
    from app_auth.sign_ups as s
    where s.token_hash = p_token_hash
    and s.password_hash = p_password_hash
    and s.expires_at > now();
    if not found then
        return null;
    end if;

    delete from app_auth.sign_ups where lower(email) = lower(v_email);
    insert into app_data.users as u (
        email, first_name, last_name, password_hash, time_zone, email_verified_at
    ) values (
        v_attempt.email, v_attempt.first_name, v_attempt.last_name,
        v_attempt.password_hash, v_attempt.time_zone, now()
    )
    on conflict ((lower(email))) do update set
        first_name = excluded.first_name,
        last_name = excluded.last_name,
        password_hash = excluded.password_hash,
        time_zone = excluded.time_zone,
        email_verified_at = now(),
        tokens_valid_since = now()
    where u.email_verified_at is null and u.is_active
    returning u.id into v_user_id;
    if v_user_id is null then
        return null;
    end if;

    delete from app_auth.sessions where user_id = v_user_id;
    insert into app_data.user_preferences (user_id) values (v_user_id)
    on conflict (user_id) do nothing;
    insert into app_data.projects (user_id, id, name) values (v_user_id, v_user_id, 'Inbox')
    on conflict (user_id, id) do nothing;
    return v_user_id;
end
$$;

comment on function app_auth.verify_email(bytea, text) is
'Uses up a verification link together with the password of its attempt and returns the new user; null when the link is unknown, used or expired, the hash is not the attempt''s, or the address has an account, without saying which.';
grant execute on function app_auth.verify_email(bytea, text) to todo_auth;
