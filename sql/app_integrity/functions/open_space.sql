-- A person has a space from the first moment on.
--
-- SECURITY DEFINER, owned by todo_integrity: nobody else writes app_data.spaces.

create function app_integrity.open_space()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into app_data.spaces (user_id) values (new.id);
    return null;
end
$$;

comment on function app_integrity.open_space() is
'Trigger: gives a new person a space.';
grant execute on function app_integrity.open_space() to todo_owner;
