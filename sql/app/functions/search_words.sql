-- The words of a text as the search compares them: in lower case, parted by single
-- characters of blank. What is neither letter nor digit in ASCII, and the common marks
-- beyond it, parts words; accents and signs of other scripts stay. A script that is
-- written without blanks is found by what stands between two marks.
--
-- No search_path: see app.uuid_v7.

create function app.search_words(p_text text)
returns text
language sql
immutable
parallel safe
return translate(
    lower(left(p_text, 500)), -- as long as a title
    U&'\0009\000a\000d!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\00a0\00a1\00ab\00b7\00bb\00bf\2013\2014\2018\2019\201c\201d\201e\2026\3000\3001\3002\ff0c\ff1a\ff1f\ff01', -- noqa: LT05
    repeat(' ', 60)
);

comment on function app.search_words(text) is
'@omit
The words of a text in lower case, parted by blanks: what app.search_tasks compares.';
grant execute on function app.search_words(text) to todo_user, todo_searcher;
