"""The rules of sql/lints/: one SQL file a rule, one interface for all.

Each file holds a query for the objects that break its rule, with four columns: object,
what is wrong, why it matters, and the statement that mends it. Its first comment is its
page. What several rules read stands once, in prelude.sql, in front of each.

Used by pgTAP (tests/pgtap/posture.sql), `make posture` and `make review`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import psycopg
from psycopg.rows import dict_row

from tools.console import Failure
from tools.project import SQL

DIRECTORY: Final = SQL / "lints"
PRELUDE: Final = "prelude.sql"
UNREAD: Final = "this login"  # the object of a rule that it may not ask
SEVERITIES: Final = ("stop", "look", "note")
_DIRECTIVE: Final = re.compile(r"^-- (severity|about|fault): (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Lint:
    """One rule.

    Attributes:
        key: the file's stem.
        severity: `stop`, `look` or `note`.
        about: `schema`, what migrations decide, or `server`, what its operator does.
        page: what holds, in a sentence.
        faults: statements after which it must find something; none where only another
            server could break the rule.
        sql: the query, prelude included.
    """

    key: str
    severity: str
    about: str
    page: str
    faults: tuple[str, ...]
    sql: str


@dataclass(frozen=True)
class Finding:
    """One object that is not as a rule wants it."""

    key: str
    severity: str
    object: str
    what: str
    why: str
    mend: str


@cache
def read(directory: Path = DIRECTORY) -> tuple[Lint, ...]:
    """Read every rule, by key.

    Raises:
        Failure: a file lacks its page or a directive.
    """
    prelude = (directory / PRELUDE).read_text(encoding="utf-8")
    files = sorted(set(directory.glob("*.sql")) - {directory / PRELUDE})
    return tuple(_read(file, prelude) for file in files)


def _read(file: Path, prelude: str) -> Lint:
    text = file.read_text(encoding="utf-8")
    said = _DIRECTIVE.findall(text)
    page = re.match(r"((?:-- .+\n)+)--\n", text)
    try:
        if page is None:
            raise KeyError("page")
        return Lint(
            key=file.stem,
            severity=dict(said)["severity"],
            about=dict(said)["about"],
            page=re.sub(r"(^|\n)-- ", " ", page[1]).strip(),
            faults=tuple(
                value for name, value in said if name == "fault" and value != "-"
            ),
            sql=prelude + _DIRECTIVE.sub("", text).rstrip().removesuffix(";"),
        )
    except KeyError as missing:
        raise Failure(
            f"a lint without its {missing.args[0]}", where=str(file)
        ) from None


def find(
    connection: psycopg.Connection, lints: Iterable[Lint] | None = None
) -> Iterator[Finding]:
    """Run the rules, all by default; what may not be read is a finding of its own."""
    for lint in read() if lints is None else lints:
        try:
            with connection.transaction():
                with connection.cursor(row_factory=dict_row) as cursor:
                    rows = cursor.execute(lint.sql.encode()).fetchall()
        except (
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.UndefinedTable,
            psycopg.errors.InvalidSchemaName,
        ) as error:
            what = f"it could not be looked at: {error.diag.message_primary}"
            yield Finding(lint.key, "note", UNREAD, what, lint.page, "")
            continue
        for row in rows:
            text = {name: str(value) for name, value in row.items()}
            yield Finding(key=lint.key, severity=lint.severity, **text)
