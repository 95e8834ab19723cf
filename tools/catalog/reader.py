"""The facts of a database, read from its catalogue by one query.

A fact is a line such as `table app_data.tasks: column priority: type` → `smallint`.
The part before the first `: ` names the object; what follows goes into it, step by
step. Default values that nobody wrote are left out, all others are there: two databases
with the same facts hold the same schema, with the same owners, grants and roles.

The text of the query has no parameters, so that it runs in psql and from any driver,
and needs no privilege: the catalogue is public, so the application's role can ask, too.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

import psycopg

from tools.console import Failure
from tools.postgres.target import describe, libpq_url

Facts: TypeAlias = Mapping[str, str]

_QUERIES: Final = Path(__file__).parent / "queries"
_COMMON: Final = frozenset({"settings", "world"})

KINDS: Final = tuple(
    sorted(path.stem for path in _QUERIES.glob("*.sql") if path.stem not in _COMMON)
)
"""Kinds of facts, each a file in `queries/`."""


def facts(
    source: str | psycopg.Connection,
    *,
    schemas: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
) -> dict[str, str]:
    """Read the facts of one database, sorted by key.

    Args:
        source: an address, or an open connection, which is left as it was found.
        schemas: only what is in these; by default all but the system's, the
            bookkeeping of migrations and pgTAP's.
        kinds: only these of `KINDS`.

    Raises:
        Failure: the server cannot be reached or does not answer.
    """
    with _connected(source) as connection:
        with connection.transaction(force_rollback=True):  # gives the settings back
            wanted = "" if schemas is None else _array(schemas)
            connection.execute(settings())
            connection.execute("select set_config('todo.schemas', %s, true)", [wanted])
            rows = connection.execute(query(kinds).encode()).fetchall()
    found = dict(sorted(rows))
    if len(found) != len(rows):
        raise AssertionError(f"facts under one key: {_twice(rows)}")
    return found


def fingerprint(found: Facts) -> str:
    """Give the sha256 of *found*, in hexadecimal; the order does not matter."""
    lines = (f"{key}\0{found[key]}\0" for key in sorted(found))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def settings() -> str:
    """Give the statement to run first, in the same transaction as `query()`."""
    return _read("settings")


def query(kinds: Collection[str] | None = None) -> str:
    """Give the text of the query; its rows are (key, value), in no order.

    Args:
        kinds: only these of `KINDS`. Common table expressions that they do not use
            cost nothing: PostgreSQL leaves them out.

    Raises:
        ValueError: there is no such kind.
    """
    wanted = KINDS if kinds is None else tuple(sorted(kinds))
    if unknown := set(wanted) - set(KINDS):
        raise ValueError(f"no kinds of facts: {', '.join(sorted(unknown))}")
    return _compose(wanted)


@cache
def _compose(kinds: tuple[str, ...]) -> str:
    parts = "\nunion all\n".join(_read(kind) for kind in kinds)
    return (
        f"{_read('world')}\n\nselect facts.key, facts.value\nfrom (\n{parts}\n"
        ") as facts (key, value)\nwhere facts.value is not null\n"
    )


@cache
def _read(stem: str) -> str:
    return (_QUERIES / f"{stem}.sql").read_text(encoding="utf-8").rstrip()


def _twice(rows: Iterable[tuple[str, str]]) -> list[str]:
    counts = Counter(key for key, _ in rows)
    return [key for key, count in counts.items() if count > 1]


def _array(names: Collection[str]) -> str:
    """Give an array literal of *names*."""
    quoted = (name.replace("\\", "\\\\").replace('"', '\\"') for name in names)
    return "{" + ",".join(f'"{name}"' for name in quoted) + "}"


@contextmanager
def _connected(source: str | psycopg.Connection) -> Iterator[psycopg.Connection]:
    if not isinstance(source, str):
        yield source
        return
    with connect(source) as connection:
        yield connection


def connect(url: str) -> psycopg.Connection:
    """Connect to *url*, which may name a driver as SQLAlchemy writes it.

    Raises:
        Failure: the server cannot be reached.
    """
    try:
        return psycopg.connect(libpq_url(url), application_name="todo-db catalog")
    except psycopg.OperationalError as error:
        raise Failure(
            f"no connection: {str(error).strip()}",
            where=describe(url),
            next="make db-start, or put DATABASE_URL right",
        ) from error
