-- The hash that the password has to match that is given together with a verification
-- link: that of the attempt which the link belongs to. As in app_auth.find_login there
-- is always one; for a link that opens nothing it is a decoy.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.find_sign_up(p_token_hash bytea)
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
    perform app_private.require_scope('find_sign_up', encode(substr(p_token_hash, 1, 33), 'hex'));
    v_decoy := app_private.decoy_hash(encode(substr(p_token_hash, 1, 33), 'hex'));
    select s.password_hash into v_hash
    from app_auth.sign_ups as s
    where s.token_hash = p_token_hash and s.expires_at > now();
    return coalesce(v_hash, v_decoy);
end
$$;

comment on function app_auth.find_sign_up(bytea) is
'The Argon2id hash that the password given with a verification link is verified against; a decoy for a link that opens nothing.';
grant execute on function app_auth.find_sign_up(bytea) to todo_auth;
