-- Ends the log-in that a refresh token belongs to, on this device. An unknown token is
-- no error: the wish is fulfilled already.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app.log_out(p_token_hash bytea)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform app_private.require_scope('log_out', encode(p_token_hash, 'hex'));

    update app.auth_tokens as t set used_at = now()
    from app.auth_tokens as shown
    where shown.token_hash = p_token_hash
    and shown.purpose = 'refresh'
    and t.user_id = shown.user_id
    and t.family_id = shown.family_id
    and t.used_at is null;
end
$$;

comment on function app.log_out(bytea) is
'Ends the log-in that a refresh token belongs to.';
grant execute on function app.log_out(bytea) to todo_auth;
