-- Every row carries the number of its space, 28 bits of a hash of its owner's id, as
-- the index of an element in the mask that a policy asks first: see
-- app.current_space_mask. Two spaces of one number (1 in 268 million for each pair)
-- are still told apart by the id that the policy compares next.
--
-- No search_path: see app.uuid_v7.

create function app.space_number(p_user_id uuid)
returns integer
language sql
immutable
strict
parallel safe
return (
    'x' || left(encode(sha256(uuid_send(p_user_id)), 'hex'), 7)
)::bit(28)::integer;

comment on function app.space_number(uuid) is
'@omit
The number that all rows of a space carry: 28 bits of a hash of the owner''s id.';
grant execute on function app.space_number(uuid)
to todo_user, todo_registrar, todo_integrity, todo_searcher;
