-- What the search looks for in a task: the words of its title, and marks that say
-- when it was made, so that the index alone tells the newest (app.search_tasks). All of
-- them begin with the number of the space: no entry of the index is of two spaces, and
-- how long a search takes does not tell whether anybody else has the word.
--
-- A mark is the beginning of the id, which is the time of birth: five hexadecimal
-- digits (3 days), four (50 days), or four of which the last is rounded down to a
-- multiple of four (199 days).
--
-- No search_path: see app.uuid_v7.

create function app.search_vector(p_space_number integer, p_id uuid, p_title text)
returns tsvector
language sql
immutable
parallel safe
return array_to_tsvector(
    string_to_array(
        to_hex(p_space_number) || '~'
        || replace(
            app.search_words(p_title), ' ', ' ' || to_hex(p_space_number) || '~'
        ),
        ' '
    )
    || array[
        to_hex(p_space_number) || '.' || left(p_id::text, 5),
        to_hex(p_space_number) || '.' || left(p_id::text, 4),
        to_hex(p_space_number) || '.~' || left(p_id::text, 3)
        || translate(substr(p_id::text, 4, 1), '1235679abdef', '000444888ccc')
    ]
);

comment on function app.search_vector(integer, uuid, text) is
'@omit
The words of a title and the marks of its time, each with its space, as the search index holds them.';
grant execute on function app.search_vector(integer, uuid, text)
to todo_user, todo_searcher;
