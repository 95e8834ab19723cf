"""Ten megabytes of what functions and checks of text find hardest to read.

They are stored out of line and fetched by whoever reads them: what looks at the length
or at the beginning alone does not pay for the rest.
"""

from __future__ import annotations

from typing import Final

import psycopg

BYTES: Final = 10_000_000

# Repeated to ten megabytes; what stands in front makes the beginning look right.
UNITS: Final[dict[str, tuple[str, str]]] = {
    "marks in order": ("a", "\u0301"),
    "marks out of order": ("a", "\u0316\u0301"),
    "letters that fold to many": ("", "\ufdfa"),
    "hangul in parts": ("", "\u1100\u1161\u11a8"),
    "at signs": ("", "a@"),
    "invisible signs": ("", "\u200b"),
    "blanks": ("", " "),
    "line ends": ("", "\n"),
    "digits": ("", "0"),
    "brackets": ("", "["),
    "objects": ("", '{"a":'),
    "emoji": ("", "\U0001f469\u200d"),
    "a zone": ("Europe/", "A/a"),
    "a colour": ("#", "0"),
    "a language": ("en", "-abcdefgh"),
    "a hash": ("$argon2id$v=19$m=65536,t=3,p=4$", "A"),
    "letters of both cases": ("", "Ab"),
}

_SECONDS: Final = """
create function tests.seconds(p_name text, p_statement text, p_token text)
returns table (seconds double precision, outcome text)
language plpgsql
as $$
declare
    v_from timestamptz;
begin
    perform set_config('app.token', p_token, true);
    v_from := clock_timestamp();
    begin
        execute p_statement using p_name;
        outcome := 'ok';
        raise exception using errcode = 'ZZ999';  -- takes it back
    exception
        when others then
            if sqlstate <> 'ZZ999' then
                outcome := sqlstate;
            end if;
    end;
    seconds := extract(epoch from clock_timestamp() - v_from);
    return next;
end
$$
"""


def prepare(connection: psycopg.Connection) -> None:
    """Make the table `tests.worst` and `tests.seconds`, for everybody."""
    connection.execute(_SECONDS)
    connection.execute(
        "create unlogged table tests.worst"
        " (name text, value text, raw bytea, json jsonb)"
    )
    connection.execute(
        "alter table tests.worst alter value set storage external,"
        " alter raw set storage external, alter json set storage external"
    )
    for name, (start, unit) in UNITS.items():
        connection.execute(
            "insert into tests.worst (name, value) values (%s, %s || repeat(%s, %s))",
            (name, start, unit, BYTES // len(unit.encode())),
        )
    connection.execute(
        "update tests.worst set raw = convert_to(value, 'UTF8'),"
        " json = to_jsonb(value) where name = 'digits'"
    )
    connection.execute("grant select on tests.worst to public")


def seconds(
    connection: psycopg.Connection, name: str, statement: str, token: str
) -> tuple[float, str]:
    """Run *statement* on the text *name* and take it back.

    Args:
        connection: in a transaction of the role that is to run it.
        name: of UNITS; the statement reads the row of `tests.worst` with name = $1.
        statement: one that writes, or calls.
        token: to show.

    Returns:
        Its seconds, and `ok` or the SQLSTATE of what it raised.
    """
    row = connection.execute(
        "select seconds, outcome from tests.seconds(%s, %s, %s)",
        (name, statement, token),
    ).fetchone()
    assert row is not None
    return float(row[0]), str(row[1])
