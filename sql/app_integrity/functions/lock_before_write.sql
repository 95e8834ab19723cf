-- Before a statement changes where tasks stand or how many there are, it takes the
-- lock of the space, and only then the locks of rows: nobody waits for the other way
-- round. Nobody's space is locked for nobody; what a maintainer writes is locked by
-- its rows (app_integrity.count_tasks).
--
-- SECURITY DEFINER, owned by todo_integrity: a lock needs the right to update.

create function app_integrity.lock_before_write()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from app_data.spaces as s
    where s.user_id = app.current_user_id()
    for no key update;
    return null;
end
$$;

comment on function app_integrity.lock_before_write() is
'Trigger: takes the lock of the person''s space before any lock of a row.';
grant execute on function app_integrity.lock_before_write() to todo_owner;
