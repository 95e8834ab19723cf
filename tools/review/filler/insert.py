"""Writes the rows, table by table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from tools.postgres.quoting import quoted
from tools.review.filler import schema as schemas
from tools.review.filler.choose import Choice, choose
from tools.review.filler.classes import Classes
from tools.review.filler.schema import Schema, Table
from tools.review.filler.values import Candidate, candidates

HELP: Final = Path(__file__).parent / "tables"


@dataclass(frozen=True)
class Filled:
    """What became of one table: its rows, and why there are none or fewer."""

    table: str
    rows: int
    note: str = ""


def fill(
    url: str, rows: int, *, after: Schema | None = None, help: Path = HELP
) -> list[Filled]:
    """Fill every table of the database at *url* with *rows* rows.

    Args:
        url: a superuser's address: triggers and references are not checked.
        rows: per table.
        after: what the schema is about to become; rows that suit it, too, are taken
            where there are any, so that a new rule does not fail on made-up data.
        help: a directory with `<schema>.<table>.sql`, a query over `i` whose columns
            win over what would be chosen here.

    Returns one entry per table, by name.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "set search_path = ''; set session_replication_role = replica;"
            " set row_security = off; set client_min_messages = error"
        )
        before = schemas.read(connection)
        both = schemas.with_rules_of(before, after) if after else before
        ways = [(schema, Classes(schema)) for schema in (both, before)]
        done = [
            _fill(connection, ways, name, rows, help) for name in ways[0][1].order()
        ]
        connection.execute("analyze")
        connection.execute("checkpoint")
    return sorted(done, key=lambda one: one.table)


def _fill(
    connection: psycopg.Connection[Any],
    ways: Sequence[tuple[Schema, Classes]],
    name: str,
    rows: int,
    help: Path,
) -> Filled:
    """Fill one table, by the rules of both schemas or, failing that, of the old one."""
    path = help / f"{name}.sql"
    query = path.read_text().strip().rstrip(";") if path.exists() else None
    helped = _columns(connection, query) if query else ()
    reason = "no values were found that its CHECKs accept"
    for schema, classes in ways:
        choice = _choose(connection, schema[name], classes, helped, rows)
        if choice is None:
            continue
        text = _insert(schema[name], choice, helped, query, rows)
        try:
            count = _inserted(connection, text)
            if count < rows:
                return Filled(name, count, "its unique keys take no more")
            _advance(connection, name, rows)
            return Filled(name, count)
        except psycopg.Error as error:
            reason = str(error).splitlines()[0]
    return Filled(name, 0, f"{reason}; help it by {path.name} in {help.name}/")


def _inserted(connection: psycopg.Connection[Any], text: str) -> int:
    """Insert, passing over rows that are there, where the table's keys allow that."""
    try:
        return connection.execute(f"{text} on conflict do nothing".encode()).rowcount
    except psycopg.errors.ObjectNotInPrerequisiteState:  # one of them is deferrable
        return connection.execute(text.encode()).rowcount


def _choose(
    connection: psycopg.Connection[Any],
    table: Table,
    classes: Classes,
    helped: tuple[str, ...],
    rows: int,
) -> Choice | None:
    options = _options(table, classes, helped)
    free = Table(
        table.name,
        table.columns,
        [c for c in table.checks if not set(c.columns) & set(helped) and c.columns],
        [],
        [u for u in table.unique if not set(u) & set(helped)],
    )
    choice = choose(connection, free, options, rows)
    for name, candidate in (choice or {}).items():
        classes.fix(table.name, name, candidate)
    return choice


def _options(
    table: Table, classes: Classes, helped: tuple[str, ...]
) -> dict[str, list[Candidate]]:
    """Give the candidates of every column that is to be chosen."""
    options: dict[str, list[Candidate]] = {}
    for column in table.columns.values():
        if column.generated or column.name in helped:
            continue
        shared = classes.of(table.name, column.name)
        if classes.is_null(table.name, column.name):
            options[column.name] = [Candidate("null", True)]
        elif shared:
            options[column.name] = list(shared)
            if not column.required:
                options[column.name].append(Candidate("null", True))
        else:
            salt = f"{table.name}.{column.name}"
            options[column.name] = candidates(column, salt, table.checks)
    return options


def _insert(
    table: Table, choice: Choice, helped: tuple[str, ...], query: str | None, rows: int
) -> str:
    names = [*choice, *helped]
    values = [f"({c.text})::{table.columns[n].type}" for n, c in choice.items()]
    values += [f"help.{quoted(name)}" for name in helped]
    lateral = f" cross join lateral ({query}) as help" if query else ""
    return (
        f"insert into {table.name} ({', '.join(map(quoted, names))})"  # noqa: S608
        f" overriding system value select {', '.join(values)}"
        f" from generate_series(1::bigint, {rows}) as i{lateral}"
    )


def _columns(connection: psycopg.Connection[Any], query: str) -> tuple[str, ...]:
    text = (
        "select help.* from (values (1::bigint)) as s (i)"  # noqa: S608
        f" cross join lateral ({query}) as help limit 0"
    )
    found = connection.execute(text.encode()).description or ()
    return tuple(column.name for column in found)


def _advance(connection: psycopg.Connection[Any], name: str, rows: int) -> None:
    """Move the sequences behind the columns of the table past its rows."""
    connection.execute(
        "select setval(d.objid::regclass, %(next)s) from pg_depend as d"
        " join pg_sequence as s on s.seqrelid = d.objid"
        " where d.refobjid = %(table)s::regclass and d.deptype in ('a', 'i')"
        " and %(next)s between s.seqmin and s.seqmax",
        {"next": rows + 1, "table": name},
    )


def notes(filled: list[Filled]) -> Iterator[str]:
    """Say which tables have fewer rows than was asked for, and why."""
    for one in filled:
        if one.note:
            yield f"{one.table} holds {one.rows:,} rows: {one.note}"
