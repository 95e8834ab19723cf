"""The systems that are measured: each a file of SQL in parts, below tools/bench/sql/.

A part begins with `-- @<kind> <name>`: tables, load, piece (tasks of one piece),
writer, reset, settle (what triggers would have kept), grants, open (what stands before
a statement), query. `like` names the file whose queries are taken over; with a `schema`
of its own, all of its parts are, but what the file has itself. Parameters are written
`:name`, as pgbench has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, LiteralString, cast

from psycopg.sql import SQL, Composed, Literal

from tools.console import Failure

_HOME: Final = Path(__file__).parent / "sql"
_MARK: Final = re.compile(r"^-- @(\w+) ?(\w*)$", re.MULTILINE)
_NAME: Final = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@dataclass(frozen=True)
class Parts:
    """The parts of one file, by kind and name, as SQL without comments."""

    file: str
    texts: Mapping[tuple[str, str], str]

    def __getitem__(self, kind: str) -> str:
        """Give the only part of a kind."""
        return self.texts[kind, ""]

    def get(self, kind: str) -> str:
        """Give the only part of a kind, or nothing."""
        return self.texts.get((kind, ""), "")

    @property
    def queries(self) -> dict[str, str]:
        """The queries by name, each one statement without its semicolon."""
        return {
            name: text.rstrip().removesuffix(";")
            for (kind, name), text in self.texts.items()
            if kind == "query"
        }

    def query(self, name: str) -> str:
        """Give one query.

        Raises:
            Failure: there is none of that name; the message lists those that are.
        """
        found = self.queries
        if name not in found:
            raise Failure(
                f"there is no query {name!r} in the mix",
                where=f"tools/bench/sql/{self.file}.sql",
                next="one of: " + ", ".join(found),
                status=2,
            )
        return found[name]


@cache
def parts(file: str) -> Parts:
    """Read a file of `tools/bench/sql`."""
    text = (_HOME / f"{file}.sql").read_text("utf-8")
    pieces = _MARK.split(text)[1:]
    triples = zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True)
    found = {(kind, name): _bare(body) for kind, name, body in triples}
    like = next((name for kind, name in found if kind == "like"), None)
    schema = next((name for kind, name in found if kind == "schema"), None)
    if like is not None:
        taken = {
            key: re.sub(r"\bspec\b", schema, text) if schema else text
            for key, text in parts(like).texts.items()
            if schema or key[0] == "query"
        }
        found = {**taken, **found}
    return Parts(file, found)


def staging() -> str:
    """Give the tables that all systems are filled from."""
    return (_HOME / "staging.sql").read_text("utf-8")


def bound(text: str, values: Mapping[str, object]) -> Composed:
    """Put *values* as literals where *text* says `:name`."""
    pieces = _NAME.split(text)
    return Composed(
        [  # the text is a file of this package
            Literal(values[piece]) if index % 2 else SQL(cast(LiteralString, piece))
            for index, piece in enumerate(pieces)
        ]
    )


def names(text: str) -> list[str]:
    """Give the parameters of *text*, each once, in order."""
    return list(dict.fromkeys(_NAME.findall(text)))


def _bare(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return "\n".join(lines).strip()
