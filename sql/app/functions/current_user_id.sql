-- Who is asking. Every policy rests on this function.
--
-- STABLE, not IMMUTABLE: a cached plan must ask again for the next person. The cost is
-- honest and high, so that the planner evaluates it once, as an index condition or a
-- one-time filter, and never for each row.
--
-- SECURITY DEFINER: reads signing_keys, which nobody is granted.

create function app.current_user_id()
returns uuid
language plpgsql
stable
parallel safe
security definer
cost 10000
set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(current_setting('app.token', true), '') = '' then
        return app_private.read_claims();
    end if;
    return t.user_id from app_private.read_token('user') as t;
end
$$;

comment on function app.current_user_id() is
'The verified user of this request; null without a token; SQLSTATE 28000 for a token that is not valid.';
grant execute on function app.current_user_id() to todo_user, todo_registrar;
