-- Who is asking. Every policy rests on this function, in one form alone:
--
--   using (
--       user_id = app.current_user_id() and user_id = (select app.current_user_id())
--   )
--
-- The planner then has one value for both, so that it compares them once, before any
-- row is looked at (One-Time Filter), and reads the index by it. The bare call alone
-- is planned behind cheap conditions of the statement's own, and the subquery alone
-- behind those that are cheaper still: either way it shows whether somebody has such a
-- row. docs/decisions/0005 has the attack and the figures.
--
-- It answers null for whoever is not admitted and never raises: a policy that can
-- raise tells by raising. STABLE, not IMMUTABLE: a cached plan must ask again for the
-- next person.
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
    return app_private.identify();
end
$$;

comment on function app.current_user_id() is
'The verified and active user of this request; null for anybody else, never an error.';
grant execute on function app.current_user_id() to todo_user, todo_registrar;
