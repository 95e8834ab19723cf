-- Two names that a person cannot tell apart get the same key: compatibility form (full
-- width, ligatures), case by way of upper case (so that both sigmas meet), invisible
-- characters and outer blanks do not count.
--
-- Bringing marks into order takes time that grows with the square of their number, so
-- only the beginning is looked at, which is more than any name has
-- (tags_name_is_short).

create function app.fold_name(p_name text)
returns text
language sql
immutable
strict
parallel safe
set search_path = pg_catalog, pg_temp
return btrim(
    lower(
        upper(
            normalize(
                -- soft hyphen, Mongolian separator, zero-width and direction marks,
                -- BOM
                translate(
                    left(p_name, 100),
                    U&'\00AD\180E\200B\200C\200D\200E\200F\2060\FEFF',
                    ''
                ),
                nfkc
            )
        )
    ),
    E' \t\n\r'
);

comment on function app.fold_name(text) is
'@omit execute
The key under which two names count as the same: compatibility form, case, invisible characters and outer blanks do not matter.';
grant execute on function app.fold_name(text) to todo_user;
