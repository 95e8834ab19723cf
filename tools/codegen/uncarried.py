"""``uncarried.py``: by name, what the database holds and the table classes do not.

The names are those of the catalogue's facts, such as `table app.tasks: policy p`. What
is left after them is what `create_all` makes, fact for fact.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

import psycopg
from sqlalchemy import Connection

from tools import catalog
from tools.codegen import fronts, sequences
from tools.codegen.facts import Relation, Type
from tools.codegen.plan import Plan
from tools.codegen.satypes import carried_check
from tools.codegen.source import literal, module
from tools.codegen.tableargs import TableArguments

# Owners and the grants of owners say who made a thing, not what it is.
KINDS: Final = tuple(kind for kind in catalog.KINDS if kind != "owners")
_OWN_GRANT: Final = re.compile(r"grant to (\(migrator\)|PUBLIC)$")
_COLUMN: Final = frozenset(
    {
        "comment",
        "collation",
        "default",
        "generated and stored as",
        "generated when read as",
        "identity",
        "null",
        "type",
    }
)
_SEQUENCE: Final = frozenset(
    {"type", "start", "increment", "minimum", "maximum", "cache", "at the end"}
)
# What a constraint may say that SQLAlchemy's constructors cannot.
_STATE: Final = re.compile(r"( NO INHERIT)?( NOT VALID)?$")
_STATED: Final = re.compile(r" \((not valid|no inherit)\)")
_UNNAMED: Final = re.compile(r"^(refused) by (\"(?:[^\"]|\"\")*\"|\S+)")
_NAME: Final = re.compile(r'"((?:[^"]|"")*)"|([^".]+)')


def render(plan: Plan, connection: Connection) -> str:
    """Write the module."""
    listed = "\n".join(f"{literal(name)}," for name in names(plan, connection))
    return module(
        "What the database holds and the classes of `tables` do not carry, by name.",
        ["from typing import Final"],
        [f"UNCARRIED: Final[tuple[str, ...]] = (\n{listed}\n)"],
        ["UNCARRIED"],
    )


def names(plan: Plan, connection: Connection) -> list[str]:
    """Name what is not carried: an object, a thing that hangs on one, a property."""
    driver: Any = connection.connection.driver_connection
    schemas = (*plan.facts.schemas, *filter(None, [plan.facts.behind]))
    found = fronts.renamed(facts(driver, *schemas), plan.facts)
    carrier = _Carrier(plan, found)
    carried = {
        key: value
        for key in found
        if (value := carrier.value(key, found[key])) is not None
    }
    return [one.key for one in catalog.differences(found, carried)]


def facts(source: str | psycopg.Connection, *schemas: str) -> dict[str, str]:
    """Read the facts that are about *schemas*, and more than that it has an owner.

    That a NOT NULL has a name of its own is left out: only servers from 18 on know it.
    """
    found = catalog.facts(source, schemas=schemas, kinds=KINDS)
    return {
        key: _UNNAMED.sub(r"\1", value) if key.endswith(": null") else value
        for key, value in found.items()
        if _counts(key, schemas)
    }


def _counts(key: str, schemas: Collection[str]) -> bool:
    path = catalog.steps(key)
    kind, _, name = path[0].partition(" ")
    if kind == "schema" or not set(unquoted(name)[:1]).intersection(schemas):
        return False
    return not _OWN_GRANT.match(path[-1])


class _Carrier:
    """Knows the value that a fact has in a database that `create_all` made."""

    def __init__(self, plan: Plan, found: catalog.Facts) -> None:
        self.tables = {(table.schema, table.name): table for table in plan.tables}
        self.plan, self.found = plan, found
        self.things = {
            table.key: TableArguments(table, plan.tables).names for table in plan.tables
        }
        self.sequences = {
            str(column.sequence): {sequences.use(table, column, plan.facts)} - {None}
            for table in plan.tables
            for column in table.columns
            if column.readable
        }
        self.types = {address for table in plan.tables for address in _made(table)}

    def value(self, key: str, value: str) -> str | None:
        """Give the value there; None where it has no such fact."""
        head, *path = catalog.steps(key)
        kind, _, address = head.partition(" ")
        names = unquoted(address)
        if kind == "table":
            table = self.tables.get((names[0], names[-1]))
            return self._of_table(table, path, value) if table else None
        name = ".".join(names)
        if kind in ("domain", "type"):
            return value if name in self.types and self._of_type(name, path) else None
        if kind == "sequence":
            return self._of_sequence(name, path, value)
        return None

    def _of_table(self, table: Relation, path: list[str], value: str) -> str | None:
        step, _, name = path[0].partition(" ")
        if step == "column":
            return self._of_column(table, unquoted(name)[0], path[1:], value)
        if step in ("constraint", "index"):
            whole = len(path) == 1
            kept = unquoted(name)[0] in self.things[table.key]
            if not (whole and kept):
                return None
            return _STATE.sub("", value.replace(" ON ONLY ", " ON ", 1))
        if path[0] == "row level security":
            return "disabled"
        return value if path[0] in ("order of columns", "comment") else None

    def _of_column(
        self, table: Relation, name: str, path: list[str], value: str
    ) -> str | None:
        column = table.column(name)
        if not column.readable or path[0] not in _COLUMN:
            return None
        return _STATED.sub("", value) if path[0] == "null" else value

    def _of_type(self, name: str, path: list[str]) -> bool:
        domain = self.plan.facts.domains.get(name)
        if path[0].startswith("constraint "):
            carried = carried_check(domain) if domain else None
            name = unquoted(path[0].removeprefix("constraint "))[0]
            return len(path) == 1 and carried is not None and carried.name == name
        return path[0] != "comment"

    def _of_sequence(self, name: str, path: list[str], value: str) -> str | None:
        """The sequences of identity columns, of serial keys, and of other defaults."""
        uses = self.sequences.get(name, set())
        if path[0] == "belongs to":
            return value if uses & {"identity", "serial"} else None
        return value if uses and path[0] in _SEQUENCE else None


def unquoted(address: str) -> list[str]:
    """Take an address apart: ``app."a.b"`` gives app and a.b."""
    return [
        quoted.replace('""', '"') if quoted or not plain else plain
        for quoted, plain in _NAME.findall(address)
    ]


def _made(table: Relation) -> Iterator[str]:
    """The types that come with the columns of *table*: enums, and outermost domains."""
    for column in table.columns:
        if column.readable:
            yield from _made_by(column.type)


def _made_by(type_: Type) -> Iterator[str]:
    if type_.domains:
        yield type_.domains[0]
    elif type_.element_domains:
        yield type_.element_domains[0]
    elif type_.kind == "enum":
        yield type_.base
