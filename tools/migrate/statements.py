"""What stands in a migration file, read with PostgreSQL's own parser.

sqlparse, which yoyo uses, is slower and divides some function bodies wrongly. The trees
are taken as JSON: building pglast's classes would cost more than applying the files.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from pglast.parser import ParseError, parse_sql_json

from tools.console import Failure
from tools.postgres.quoting import quoted

Node = dict[str, Any]

_QUOTED: Final = 200
_PSQL_VARIABLE = re.compile(r""":['"]?[A-Za-z_]""")


@dataclass(frozen=True)
class Statement:
    """One statement: its text without the semicolon, and where it begins.

    Args:
        text: as written.
        line: its first line in the file, from 1.
        where: the file's name as messages show it.
        kind: PostgreSQL's name of it, such as `IndexStmt`.
        node: its parse tree; what is false or empty is not in it.
    """

    text: str
    line: int
    where: str
    kind: str
    node: Node = field(repr=False, compare=False)

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.where}:{self.line}"

    @property
    def quoted(self) -> str:
        """The text on one line, shortened."""
        text = " ".join(self.text.split())
        return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"

    @property
    def shown(self) -> str:
        """`file:line: text`, for messages."""
        return f"{self.place}: {self.quoted}"

    @property
    def alone(self) -> str | None:
        """What it is that cannot run inside a transaction, or None if it can."""
        name = _outside(self.kind, self.node)
        return name or None


def split(text: str, where: str) -> tuple[Statement, ...]:
    """Return the statements of *text*.

    Args:
        text: of a whole file.
        where: the file's name for messages.

    Raises:
        Failure: it is not SQL, with the line.
    """
    try:
        parsed = json.loads(parse_sql_json(text))
    except ParseError as error:
        raise _syntax_failure(error, text, where) from None
    raw = text.encode()  # the parser counts bytes
    found = []
    for item in parsed.get("stmts", ()):
        start = item.get("stmt_location", 0)
        length = item.get("stmt_len") or len(raw) - start
        body = raw[start : start + length]
        start += len(body) - len(body.lstrip())
        line = raw.count(b"\n", 0, start) + 1
        ((kind, node),) = item["stmt"].items()
        found.append(Statement(body.strip().decode(), line, where, kind, node))
    return tuple(found)


def name_of(relation: Node) -> str:
    """Return the quoted name of a relation in a tree, qualified as it is written."""
    return quoted(relation.get("schemaname"), relation["relname"])


def detached(node: Node) -> tuple[str, str] | None:
    """Return parent and partition of an ALTER TABLE … DETACH … CONCURRENTLY."""
    for command in node.get("cmds", ()):
        inner = command["AlterTableCmd"]
        partition = inner.get("def", {}).get("PartitionCmd", {})
        if inner["subtype"] == "AT_DetachPartition" and partition.get("concurrent"):
            return name_of(node["relation"]), name_of(partition["name"])
    return None


def _outside(kind: str, node: Node) -> str:
    """Return the name of a statement that cannot run in a transaction, or nothing."""
    if kind == "IndexStmt" and node.get("concurrent"):
        return "CREATE INDEX CONCURRENTLY"
    if kind == "DropStmt" and node.get("concurrent"):
        return "DROP INDEX CONCURRENTLY"
    if kind == "VacuumStmt" and node.get("is_vacuumcmd"):
        return "VACUUM"
    if kind == "ClusterStmt" and not node.get("relation"):
        return "CLUSTER of all tables"
    if kind == "AlterTableStmt" and detached(node):
        return "DETACH PARTITION CONCURRENTLY"
    if kind == "ReindexStmt":
        options = [option["DefElem"]["defname"] for option in node.get("params", ())]
        if node["kind"] not in ("REINDEX_OBJECT_INDEX", "REINDEX_OBJECT_TABLE"):
            return "REINDEX of a schema or database"
        return "REINDEX CONCURRENTLY" if "concurrently" in options else ""
    return ""


def _syntax_failure(error: ParseError, text: str, where: str) -> Failure:
    message, position = error.args[0], error.args[1]
    line = text.count("\n", 0, position) + 1
    source = text.split("\n")[line - 1].strip()
    place = f"{where}:{line}: {source}"
    rest = text[position:]
    if rest.startswith("\\"):
        return Failure(
            f"psql meta-command in a migration: {source}",
            where=place,
            next="write plain SQL: migrations are not run by psql",
        )
    if _PSQL_VARIABLE.match(rest):
        return Failure(
            f"psql variable in a migration: {source}",
            where=place,
            next="write the value itself: migrations are not run by psql",
        )
    return Failure(message, where=place, next="correct the statement")
