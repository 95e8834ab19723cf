-- Whether a person may act with what was signed then: the account is active, and the
-- person has not ended everything older since (a new password, log out everywhere).
-- Asked by every identity of every request, so that both hold from the next statement
-- on.
--
-- SECURITY DEFINER, owned by todo_registrar, the only role that reads accounts; a
-- function of the owner would see nothing, because row-level security is forced.

create function app_auth.is_admitted(p_user_id uuid, p_signed_at bigint)
returns boolean
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from app_data.users as u
        where u.id = p_user_id
        and u.is_active
        and (
            u.tokens_valid_since is null
            -- The second in which it was set counts: signing dates are whole seconds.
            or p_signed_at >= floor(extract(epoch from u.tokens_valid_since))
        )
    );
end
$$;

comment on function app_auth.is_admitted(uuid, bigint) is
'Whether the person is there and active, and a token signed in that Unix second is not older than the person wants.';
grant execute on function app_auth.is_admitted(uuid, bigint) to todo_owner;
