"""The checks: one SQL file each, one interface for all, as in sql/lints/."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from tools.console import Failure
from tools.ops.inspect import bloat
from tools.project import ROOT

DIRECTORY: Final = ROOT / "tools/ops/assets/inspect"
VERDICTS: Final = ("act", "look", "ok")
SECTIONS: Final = (
    *("Locks", "Queries", "Cache", "Indexes", "Bloat", "Vacuum", "Sizes"),
    *("WAL", "Roles", "Settings"),
)
_DIRECTIVE: Final = re.compile(r"^-- (section|from|until|needs): (.*)\n", re.MULTILINE)
_REFUSALS: Final = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.ObjectNotInPrerequisiteState,
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
)


@dataclass(frozen=True)
class Check:
    """One question.

    Attributes:
        key: the file's stem.
        section: one of SECTIONS.
        page: what it tells, in a sentence or two.
        sql: the query.
        least: the oldest major version that it is for.
        most: the newest one.
        needs: an extension without which it is passed over.
    """

    key: str
    section: str
    page: str
    sql: str
    least: int = 0
    most: int = 99
    needs: str = ""


@dataclass(frozen=True)
class Answer:
    """What one check found.

    Attributes:
        key: of the check.
        section: of the check.
        page: of the check.
        rows: by column; empty where there is nothing of the kind.
        skipped: why it was not asked, or could not be answered.
    """

    key: str
    section: str
    page: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    skipped: str = ""

    @property
    def worst(self) -> str:
        """The gravest verdict of its rows."""
        found = {row["verdict"] for row in self.rows}
        return next((one for one in VERDICTS if one in found), "ok")


@cache
def read(directory: Path = DIRECTORY) -> tuple[Check, ...]:
    """Read every check, in the order of the sections.

    Raises:
        Failure: a file lacks its page or its section.
    """
    found = [_read(file) for file in sorted(directory.glob("*.sql"))]
    return tuple(sorted(found, key=lambda one: SECTIONS.index(one.section)))


def ask(connection: psycopg.Connection[Any]) -> list[Answer]:
    """Ask every check; one that may not be answered hides no other."""
    major = connection.info.server_version // 10_000
    connection.execute("set search_path = pg_catalog")  # so that every name is whole
    extensions = dict(
        connection.execute(
            "select extname, quote_ident(nspname) from pg_extension"
            " inner join pg_namespace as n on n.oid = extnamespace"
        ).fetchall()
    )
    answers = []
    for check in read():
        if not check.least <= major <= check.most:
            continue
        answer = Answer(check.key, check.section, check.page)
        if check.needs and check.needs not in extensions:
            skipped = f"it needs the extension {check.needs}"
            answers.append(Answer(check.key, check.section, check.page, [], skipped))
            continue
        try:
            with connection.transaction():
                with connection.cursor(row_factory=dict_row) as cursor:
                    rows = cursor.execute(_qualified(check, extensions)).fetchall()
                answer.rows.extend(map(_plain, rows))
        except _REFUSALS as error:
            skipped = error.diag.message_primary or "this login may not ask it"
            answer = Answer(check.key, check.section, check.page, [], skipped)
        answers.append(answer)
    answers += _bloat(connection)
    return sorted(answers, key=lambda one: SECTIONS.index(one.section))


def _qualified(check: Check, schemas: dict[str, str]) -> bytes:
    """Give the query with the schema of the extension that it needs."""
    if not check.needs:
        return check.sql.encode()
    name = f"{schemas[check.needs]}.{check.needs}"
    return re.sub(rf"\bfrom {check.needs}\b", f"from {name}", check.sql).encode()


def _bloat(connection: psycopg.Connection[Any]) -> Iterator[Answer]:
    tables: list[dict[str, Any]] = []
    indexes: list[dict[str, Any]] = []
    skipped = ""
    try:
        with connection.transaction():
            tables, indexes = bloat.measure(connection)
    except _REFUSALS as error:  # somebody holds the lock of a table
        skipped = error.diag.message_primary or "it cannot be asked"
    for key, page, rows in (
        ("table_bloat", bloat.TABLES_PAGE, tables),
        ("index_bloat", bloat.INDEXES_PAGE, indexes),
    ):
        yield Answer(key, "Bloat", page, list(map(_plain, rows)), skipped)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Turn what JSON does not know into what it knows."""
    return {name: _simple(value) for name, value in row.items()}


def _simple(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value if isinstance(value, int | float | str | None) else str(value)


def _read(file: Path) -> Check:
    text = file.read_text(encoding="utf-8")
    said = dict(_DIRECTIVE.findall(text))
    page = re.match(r"((?:-- .+\n)+)--\n", text)
    if page is None or said.get("section") not in SECTIONS:
        raise Failure("a check without its page or its section", where=str(file))
    return Check(
        key=file.stem.removesuffix("_before_17"),
        section=said["section"],
        page=re.sub(r"(^|\n)-- ", " ", page[1]).strip(),
        sql=_DIRECTIVE.sub("", text).rstrip().removesuffix(";"),
        least=int(said.get("from", 0)),
        most=int(said.get("until", 99)),
        needs=said.get("needs", ""),
    )


def worst(answers: Sequence[Answer]) -> str:
    """Give the gravest verdict of all."""
    found = {answer.worst for answer in answers}
    return next((one for one in VERDICTS if one in found), "ok")
