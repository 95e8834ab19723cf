-- Makes an account that waits for its address to be verified. Whether the address was
-- known already does not show: the same statements run, nothing is returned, and the
-- same mail goes out.
--   new address       an account, its preferences and its inbox
--   not yet verified  the newer password stands, so that nobody can park an account of
--                     their own under somebody else's address; older links are void
--   verified          nothing about the account changes; the link in the mail verifies
--                     what is verified
--
-- SECURITY DEFINER, owned by todo_registrar: writes a row before anybody is known. What
-- it may be asked is bound by the request's token (app_private.require_scope).

create function app.sign_up(
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
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('sign_up', p_email);

    insert into app.users as u (email, first_name, last_name, password_hash, time_zone)
    values (p_email, p_first_name, p_last_name, p_password_hash, p_time_zone)
    on conflict ((lower(email))) do update set
        first_name = case when u.email_verified_at is null
            then excluded.first_name else u.first_name end,
        last_name = case when u.email_verified_at is null
            then excluded.last_name else u.last_name end,
        password_hash = case when u.email_verified_at is null
            then excluded.password_hash else u.password_hash end,
        time_zone = case when u.email_verified_at is null
            then excluded.time_zone else u.time_zone end
    returning u.id into v_user_id;

    insert into app.user_preferences (user_id) values (v_user_id)
    on conflict (user_id) do nothing;
    insert into app.projects (user_id, id, name) values (v_user_id, v_user_id, 'Inbox')
    on conflict (user_id, id) do nothing;

    update app.auth_tokens set used_at = now()
    where user_id = v_user_id and purpose = 'verify_email' and used_at is null;
    insert into app.auth_tokens (user_id, purpose, token_hash, expires_at)
    values (v_user_id, 'verify_email', p_token_hash, now() + interval '2 days');
end
$$;

comment on function app.sign_up(text, text, text, text, bytea, text) is
'Makes an account that waits for its address to be verified; an address that is known already gives the same answer.';
grant execute on function app.sign_up(text, text, text, text, bytea, text) to todo_auth;
