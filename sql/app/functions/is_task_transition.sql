-- The life of a task, said once. Work can be taken back from anywhere; what is blocked
-- must be unblocked before it counts as reviewed or done.

create function app.is_task_transition(p_from text, p_to text)
returns boolean
language sql
immutable
strict
parallel safe
set search_path = pg_catalog, pg_temp
return p_to = any(
    case left(p_from, 20)
        when 'todo' then array['in_progress', 'review', 'blocked', 'done']
        when 'in_progress' then array['todo', 'review', 'blocked', 'done']
        when 'review' then array['todo', 'in_progress', 'blocked', 'done']
        when 'blocked' then array['todo', 'in_progress']
        when 'done' then array['todo', 'in_progress']
    end
);

comment on function app.is_task_transition(text, text) is
'@omit execute
Whether a task may go from the first status to the second; false for the same one.';
grant execute on function app.is_task_transition(text, text) to todo_user;
