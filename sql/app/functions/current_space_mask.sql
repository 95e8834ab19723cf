-- What a policy asks first of every row, in one form alone:
--
--   using (
--       (select app.current_space_mask())[space_number] is not null
--       and user_id = app.current_user_id()
--       and user_id = (select app.current_user_id())
--   )
--
-- Row-level security does not keep the conditions of a statement behind those of a
-- policy where they are leakproof and cheap: all of them are sorted by their price,
-- and `title < any ('{x}')`, a boolean column or IS NULL cost less than `user_id = …`.
-- What they decide of a stranger's row shows by what is evaluated next, such as a
-- sub-select that divides by zero. Reading an element of an array costs the planner
-- nothing, and of two conditions of one price the policy's is first. So nothing of the
-- statement's own is asked of a stranger's row. docs/decisions/0005 has the attack and
-- the figures.
--
-- The bare call lets the planner see whose rows they are, and how many; the sub-select
-- next to it makes both one value that is compared once and read by the index.
--
-- The mask has one element, at the number of the person's own space; nobody has none.
-- Like app.current_user_id it never raises.
--
-- SECURITY INVOKER: app.current_user_id does what needs more.

create function app.current_space_mask()
returns boolean[]
language plpgsql
stable
parallel safe
cost 10000
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id constant uuid := app.current_user_id();
begin
    if v_user_id is null then
        return null;
    end if;
    return array_fill(true, array[1], array[app.space_number(v_user_id)]);
end
$$;

comment on function app.current_space_mask() is
'@omit execute
@omit
An array with one element, at the number of the verified user''s space; null for nobody.';
grant execute on function app.current_space_mask() to todo_user;
