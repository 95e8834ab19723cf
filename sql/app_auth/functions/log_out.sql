-- Ends the log-in that a refresh token belongs to, on this device. An unknown token is
-- no error: the wish is fulfilled already.
--
-- SECURITY DEFINER, owned by todo_registrar; bound by app_private.require_scope.

create function app_auth.log_out(p_token_hash bytea)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform app_private.require_scope('log_out', encode(substr(p_token_hash, 1, 33), 'hex'));

    delete from app_auth.sessions as s
    using app_auth.refresh_tokens as t
    where t.token_hash = p_token_hash
    and s.user_id = t.user_id
    and s.id = t.session_id;
end
$$;

comment on function app_auth.log_out(bytea) is
'Ends the log-in that a refresh token belongs to.';
grant execute on function app_auth.log_out(bytea) to todo_auth;
