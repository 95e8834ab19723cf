-- Who is asking. Every policy rests on this function and on app.current_space_mask,
-- which has the form that a policy has.
--
-- One rule for both ways of showing who one is, a token that the backend signed or the
-- claims of a listed login: the person is there and active, and what is shown is not
-- older than the person's tokens_valid_since. Whoever is not admitted is null, and
-- nothing is ever raised: a policy that can raise tells by raising.
--
-- STABLE, not IMMUTABLE: a cached plan must ask again for the next person.
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
-- Set off by whoever asks, it would make app_auth.is_admitted raise.
set row_security = on
as $$
declare
    v_shown record;
begin
    -- After the transaction that set it, an unset setting reads as ''.
    if coalesce(current_setting('app.token', true), '') = '' then
        v_shown := app_private.read_claims();
    else
        v_shown := app_private.read_token('user');
    end if;
    if v_shown.user_id is not null
        and app_auth.is_admitted(v_shown.user_id, v_shown.signed_at)
    then
        return v_shown.user_id;
    end if;
    return null;
end
$$;

comment on function app.current_user_id() is
'The verified and active user of this request; null for anybody else, never an error.';
grant execute on function app.current_user_id()
to todo_user, todo_registrar, todo_integrity, todo_searcher;
