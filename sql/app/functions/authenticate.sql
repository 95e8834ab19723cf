-- What stands at the beginning of every transaction of a person: who is asking, or a
-- refusal. The runtime sends it together with the token; software that sets claims
-- calls it before each request (PostgREST: db-pre-request).
--
-- Which part of a token or of claims was wrong is nobody's business: one SQLSTATE and
-- one text for all.
--
-- SECURITY INVOKER: app.current_user_id does what needs more.

create function app.authenticate()
returns uuid
language plpgsql
stable
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app.current_user_id();
begin
    if v_user_id is null then
        raise exception 'the token of this request is not valid'
            using errcode = 'invalid_authorization_specification';
    end if;
    return v_user_id;
end
$$;

comment on function app.authenticate() is
'@omit execute
The verified and active user of this request; SQLSTATE 28000 for anybody else.';
grant execute on function app.authenticate() to todo_user;
