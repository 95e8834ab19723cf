-- The first statement of whatever looks at a tree and then changes it: what is read
-- after it stays true until the transaction ends. The trigger of the statement that
-- changes something would come too late, because that statement has its snapshot by
-- then.
--
-- SECURITY DEFINER, owned by todo_integrity: a lock needs the right to update. It
-- locks the caller's own space and no other.

create function app_integrity.lock_space()
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app.current_user_id();
begin
    perform from app_data.spaces as s where s.user_id = v_user_id for no key update;
    return v_user_id;
end
$$;

comment on function app_integrity.lock_space() is
'Keeps others from changing the tasks of the person''s space until the transaction ends, and returns the person.';
grant execute on function app_integrity.lock_space() to todo_user;
