"""Puts policies of another form into a database, to see that the campaign finds them.

Made from the policies as they are: whatever compares the owner with the caller is
replaced, and what a policy asks besides is kept.
"""

from __future__ import annotations

from typing import Final

# How a policy may compare a row's owner (format: the column) with who is asking.
FORMS: Final = {
    # Put last by the planner, called for each row that the attacker's conditions left.
    "bare": "%1$I = app.current_user_id()",
    # Evaluated when the first row comes that the attacker's conditions left.
    "wrapped": "%1$I = (select app.current_user_id())",
    # Evaluated before any row; cheap conditions are asked of all rows still.
    "eager": "%1$I = app.current_user_id() and %1$I = (select app.current_user_id())",
}

_PUT: Final = r"""
do $put$
declare
    v_policy record;
    v_form text;
begin
    for v_policy in
        select p.policyname, p.tablename, p.cmd, p.qual
        from pg_policies as p
        where p.schemaname = 'app_data' and 'todo_user' = any(p.roles)
        and p.qual ~ 'current_user_id'
    loop
        v_form := format(
            '%(form)s',
            case v_policy.tablename when 'users' then 'id' else 'user_id' end
        );
        execute format(
            'alter policy %%I on app_data.%%I using (%%s)',
            v_policy.policyname, v_policy.tablename, v_form
        );
    end loop;
end
$put$;
"""

# The identity that raises for a token that is not valid, made from the quiet one.
RAISING: Final = r"""
do $put$
begin
    execute replace(
        pg_get_functiondef('app.current_user_id()'::regprocedure),
        'app.current_user_id()', 'app.quiet_user_id()'
    );
end
$put$;
create or replace function app.current_user_id()
returns uuid language plpgsql stable parallel safe security definer cost 10000
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app.quiet_user_id();
begin
    if v_user_id is null and coalesce(current_setting('app.token', true), '') <> '' then
        raise exception 'the token of this request is not valid'
            using errcode = 'invalid_authorization_specification';
    end if;
    return v_user_id;
end
$$;
"""

# The views as they were without `where true`: a UNION ALL of them is one append.
BARE_VIEWS: Final = r"""
do $put$
declare
    v_view record;
begin
    for v_view in
        select c.relname, regexp_replace(
            pg_get_viewdef(c.oid), '\s+WHERE true;?\s*$', '', 'i'
        ) as query
        from pg_class as c
        where c.relnamespace = 'app'::regnamespace and c.relkind = 'v'
    loop
        if v_view.query ~* 'where' then
            raise exception 'the WHERE of % is another one: %',
                v_view.relname, v_view.query;
        end if;
        execute format(
            'create or replace view app.%I with (security_invoker = true) as %s',
            v_view.relname, v_view.query
        );
    end loop;
end
$put$;
"""


def put(form: str) -> str:
    """Give the SQL that writes every policy of `todo_user` in that form."""
    return _PUT % {"form": form}
