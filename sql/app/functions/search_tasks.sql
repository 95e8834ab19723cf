-- The newest tasks whose title has all the words, without the trash.
--
-- A condition with @@ is not leakproof: under row-level security it is asked of every
-- row of the space, and an index of words is of no use (docs/decisions/0018). Here it
-- is asked of the index, for words that only the caller's rows carry, and each row is
-- compared with the caller's id before it is given out.
--
-- The index gives matches in no order, so that it is asked for one stretch of time
-- after the other, newest first; how long the next is follows from how much the last
-- ones gave. A word costs what is shown, whether every task has it or hardly any.
-- A stretch is some of the buckets that app.search_vector marks.
--
-- SECURITY DEFINER, owned by todo_searcher, which owns nothing else and may write
-- nothing: no policy but a plain one lets a condition into the index.

create function app.search_tasks(
    p_query text, p_limit integer default 20, p_before uuid default null
)
-- What a list shows. Notes it does not read, and has no right to.
returns table (
    id uuid, project_id uuid, parent_id uuid, title text, status text,
    completed boolean, priority smallint, start_date date, due_date date,
    due_time time, version integer, created_at timestamptz
)
language plpgsql
stable
parallel unsafe
security definer
rows 20
set search_path = pg_catalog, pg_temp
-- Set off by whoever asks, it would make this function raise.
set row_security = on
as $$
declare
    v_user_id constant uuid := app.current_user_id();
    v_mark constant text := to_hex(app.space_number(v_user_id));
    -- Neither quotes nor backslashes are left in a word.
    v_words constant tsquery := (
        select string_agg(quote_literal(v_mark || '~' || w), '&')::tsquery
        from string_to_table(app.search_words(left(p_query, 200)), ' ') as w
        where w <> ''
    );
    v_left integer := least(greatest(p_limit, 0), 200);
    v_below uuid := p_before;
    v_from bigint; -- the first eight digits of the newest id that is not looked at yet
    v_end bigint; -- those of the oldest of the stretch
    v_count integer; -- of the space's tasks
    v_width bigint; -- of the stretch, in buckets of 3 days; 0 is all the rest
    v_bits integer; -- of an id's first 32 that are not in a bucket's mark
    v_found integer;
    v_all integer := 0;
    v_top bigint;
    v_query tsquery;
begin
    if v_user_id is null or v_words is null then
        return;
    end if;
    select s.task_count into v_count from app_data.spaces as s
    where s.user_id = v_user_id;
    if v_count < 100 then
        v_width := 0;
    else
        -- Some five hundred tasks, had it grown evenly for two years.
        v_width := least(500 * 235 / v_count + 1, 16);
        select t.id into v_below from app_data.tasks as t
        where t.user_id = v_user_id and (p_before is null or t.id < p_before)
        order by t.id desc limit 1;
        v_from := ('x' || left(v_below::text, 8))::bit(32)::bigint;
        v_below := p_before;
    end if;
    v_top := v_from;
    while v_left > 0 loop
        -- Buckets of 3 days, 50 or 199, by how many are needed: each costs four pages.
        v_bits := case when v_width <= 6 then 12 when v_width <= 48 then 16 else 18 end;
        if v_width = 0 or v_width > 384 or v_from is null then
            v_width := 0;
            v_query := v_words;
        else
            v_end := greatest(
                (v_from >> v_bits) - (greatest((v_width << 12) >> v_bits, 1) - 1), 0
            ) << v_bits;
            select v_words && string_agg(quote_literal(case v_bits
                when 12 then v_mark || '.' || lpad(to_hex(n), 5, '0')
                when 16 then v_mark || '.' || lpad(to_hex(n), 4, '0')
                else v_mark || '.~' || lpad(to_hex(n * 4), 4, '0')
            end), '|')::tsquery into v_query
            from generate_series(v_end >> v_bits, v_from >> v_bits) as n;
        end if;

        return query
        select
            t.id, t.project_id, t.parent_id, t.title, t.status, t.completed, t.priority,
            t.start_date, t.due_date, t.due_time, t.version, t.created_at
        from app_data.tasks as t
        where app.search_vector(t.space_number, t.id, t.title) @@ v_query
        -- In this form the planner has no other index to choose.
        and (t.user_id = v_user_id) is true
        and (v_below is null or t.id < v_below)
        and t.deleted_at is null
        order by t.id desc limit v_left;
        get diagnostics v_found = row_count;

        exit when v_width = 0 or v_end = 0;
        v_left := v_left - v_found;
        v_all := v_all + v_found;
        v_below := rpad(lpad(to_hex(v_end), 8, '0'), 32, '0')::uuid;
        v_from := v_end - 1;
        -- So much that what is missing should be in it, and a quarter more.
        if v_all = 0 then
            v_width := case when v_width < 16 then 16 else v_width * 4 end;
        else
            v_width := (((v_top - v_from) * v_left * 5 / (v_all * 4)) >> 12) + 1;
        end if;
    end loop;
end
$$;

comment on function app.search_tasks(text, integer, uuid) is
'The newest tasks of the person that have all the words of the query in their titles, at most 200; those made before a given one, for the next page.';
grant execute on function app.search_tasks(text, integer, uuid) to todo_user;
