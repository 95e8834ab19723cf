"""What a backfill file says, and the SQL that one batch of it is.

    -- backfill: app_data.tasks key user_id, id batch 5000 pause 50ms
    update app_data.tasks as t set rank = t.position
    from batch where t.user_id = batch.user_id and t.id = batch.id and t.rank is null

The file holds one statement, which reads `batch` like a table: the keys of the rows
whose turn it is. The tool puts it before the statement as a common table expression.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pglast.parser import scan
from psycopg import sql

from tools.console import Failure
from tools.migrate import header
from tools.migrate.files import MigrationFile
from tools.migrate.statements import Statement

BATCH: Final = 5_000
PAUSE: Final = 50  # milliseconds

_WORD = r"[a-z_][a-z0-9_]*"
_SPEC = re.compile(
    rf"(?P<table>{_WORD}(?:\.{_WORD})?)\s+key\s+\(?"
    rf"(?P<key>{_WORD}(?:\s*,\s*{_WORD})*)\)?"
    r"(?:\s+batch\s+(?P<batch>[1-9]\d*))?(?:\s+pause\s+(?P<pause>\d+\w*))?$"
)


@dataclass(frozen=True)
class Spec:
    """What `-- backfill:` says.

    Args:
        table: whose rows are walked, qualified.
        key: its key columns, in the order of an index.
        batch: rows in one transaction.
        pause: between two of them, in milliseconds.
    """

    table: tuple[str, ...]
    key: tuple[str, ...]
    batch: int = BATCH
    pause: int = PAUSE

    @property
    def name(self) -> str:
        """The table, quoted."""
        return sql.Identifier(*self.table).as_string()


def parse(file: MigrationFile) -> Spec:
    """Read the directive of *file*.

    Raises:
        Failure: it is written wrongly.
    """
    return read(file.header)


def read(leading: header.Header) -> Spec:
    """Read the directive of a file with these *leading* comments.

    Raises:
        Failure: it is written wrongly.
    """
    text = leading.value("backfill") or ""
    where = leading.place("backfill")
    match = _SPEC.match(text)
    if not match:
        raise Failure(
            f"`-- backfill: {text}` cannot be read",
            where=where,
            next="write `-- backfill: schema.table key column, column batch 5000 pause"
            " 50ms`; batch and pause may be left out",
        )
    pause = match["pause"]
    return Spec(
        tuple(match["table"].split(".")),
        tuple(re.split(r"\s*,\s*", match["key"])),
        int(match["batch"] or BATCH),
        PAUSE if pause is None else header.milliseconds(pause, where),
    )


def check(file: MigrationFile) -> None:
    """Refuse a backfill that could not be run in batches.

    Raises:
        Failure: by name, with file and line.
    """
    parse(file)
    if len(file.statements) != 1:
        raise Failure(
            f"{file.id} is a backfill and holds {len(file.statements)} statements",
            where=file.header.place("backfill"),
            next="write one UPDATE, DELETE or INSERT that reads `batch`",
        )
    statement = file.statements[0]
    changes = ("UpdateStmt", "DeleteStmt", "InsertStmt", "MergeStmt")
    names = {
        statement.text[token.start : token.end + 1].lower()
        for token in scan(statement.text)
        if token.name == "IDENT"
    }
    if statement.kind not in changes or "batch" not in names:
        raise Failure(
            f"{file.id} is a backfill and does not change the rows of `batch`",
            where=statement.shown,
            next="write one UPDATE, DELETE or INSERT that joins `batch` by the key",
        )


def last_key(spec: Spec, types: Sequence[str], *, first: bool) -> sql.Composed:
    """Return the query for the number of rows of the next batch and its last key.

    Args:
        spec: of the backfill.
        types: of the key columns, as SQL.
        first: whether no key has been passed yet; else `low0`, `low1` … are its
            parameters.
    """
    low = sql.SQL("where ({key}) > ({low})").format(
        key=_key(spec), low=_values("low", types)
    )
    return sql.SQL(
        "with next as materialized ("
        "select {key} from {table} {low} order by {key} limit {rows}) "
        "select count(*) over (), {texts} from next order by {last} limit 1"
    ).format(
        key=_key(spec),
        table=sql.Identifier(*spec.table),
        low=sql.SQL("") if first else low,
        rows=sql.Literal(spec.batch),
        texts=_each(spec, "{}::text"),
        # Qualified: a bare name would mean the text that is selected.
        last=_each(spec, "next.{} desc"),
    )


def change(
    spec: Spec, statement: Statement, types: Sequence[str], *, first: bool
) -> sql.Composed:
    """Return the statement of one batch; `low0` … and `high0` … are its parameters."""
    low = sql.SQL("({key}) > ({low}) and ").format(
        key=_key(spec), low=_values("low", types)
    )
    batch = sql.SQL(
        "batch as materialized ("
        "select {key} from {table} where {low}({key}) <= ({high}))"
    ).format(
        key=_key(spec),
        table=sql.Identifier(*spec.table),
        low=sql.SQL("") if first else low,
        high=_values("high", types),
    )
    word, rest = _without_with(statement)
    joint = sql.SQL(",\n") if "withClause" in statement.node else sql.SQL("\n")
    return sql.SQL("{} {}{}{}").format(
        sql.SQL(word), batch, joint, sql.SQL(rest.replace("%", "%%"))
    )


def whole(spec: Spec, statement: Statement) -> str:
    """Return the statement for all rows at once."""
    batch = sql.SQL("batch as materialized (select {key} from {table})").format(
        key=_key(spec), table=sql.Identifier(*spec.table)
    )
    word, rest = _without_with(statement)
    joint = ",\n" if "withClause" in statement.node else "\n"
    return f"{word} {batch.as_string()}{joint}{rest}"


def _without_with(statement: Statement) -> tuple[str, str]:
    """Return the word to begin with and what follows it in *statement*."""
    clause = statement.node.get("withClause")
    if clause is None:
        return "with", statement.text
    tokens = scan(statement.text)
    at = next(n for n, token in enumerate(tokens) if token.name == "WITH")
    if clause.get("recursive"):
        return "with recursive", statement.text[tokens[at + 1].end + 1 :].lstrip()
    return "with", statement.text[tokens[at].end + 1 :].lstrip()


def _key(spec: Spec) -> sql.Composed:
    return _each(spec, "{}")


def _each(spec: Spec, pattern: str) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL(pattern).format(sql.Identifier(column)) for column in spec.key
    )


def _values(name: str, types: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}::{}").format(sql.Placeholder(f"{name}{n}"), sql.SQL(kind))
        for n, kind in enumerate(types)
    )
