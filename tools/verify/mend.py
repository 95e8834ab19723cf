"""The statements that lead a drifted database back, tried on a copy without rows.

The database itself is only read. pg-delta writes most of the statements; it has gaps,
so the copy is looked at again after each round, what it leaves out and this module
knows is added, and what differs still is named.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import psycopg
from psycopg import sql

from tools import node
from tools.catalog.compare import Difference, differences
from tools.catalog.reader import connect, facts
from tools.console import Failure
from tools.migrate import delta
from tools.migrate.delta import Place

_ROUNDS: Final = 4
_OURS: Final = "todo_"
_SCANS: Final = re.compile(r"ADD CONSTRAINT|SET NOT NULL|VALIDATE CONSTRAINT", re.I)
_TAKES: Final = re.compile(
    r"REVOKE .* ON (.*) FROM (.*)|REVOKE .*|DROP (?:POLICY|ROLE) .*", re.I | re.S
)
_GIVES: Final = re.compile(r"GRANT .* ON (.*) TO (.*)", re.I | re.S)
_OPENS: Final = re.compile(r"(NO FORCE|DISABLE) ROW LEVEL SECURITY", re.I)
_PART: Final = re.compile(
    r"(column|setting|grant to) (\S+)(?:: (.+)| in this database)?"
)


@dataclass(frozen=True)
class Statement:
    """One statement without its semicolon, and why to think before it is run."""

    text: str
    dangers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mending:
    """What leads back: statements in their order, and what differs after them."""

    statements: Sequence[Statement]
    left: Sequence[Difference]


def mend(
    copy: Place,
    expected: Place,
    drift: Callable[[Sequence[Difference]], Sequence[Difference]],
) -> Mending:
    """Find what leads from *copy* to *expected*, and do it there.

    Args:
        copy: of the drifted database.
        expected: a database as it should be.
        drift: picks of differences those that count.

    Raises:
        Failure: pg-delta cannot be installed, or gives up.
    """
    packages = node.modules("draft")
    here = copy.url
    right = facts(expected.url)

    def look() -> Sequence[Difference]:
        return drift(differences(right, facts(here)))

    done: list[Statement] = []
    left = look()
    for _ in range(_ROUNDS):
        if not left:
            break
        try:
            steps = delta.actions(packages, copy, expected)
        except (OSError, subprocess.SubprocessError) as error:
            raise Failure(
                f"{delta.PACKAGE} gave up: {node.said(error)}",
                next="mend it by hand",
            ) from error
        new = [_statement(step) for step in steps if _is_ours(step)]
        new += (Statement(text) for text in _known(left, copy.database))
        new = list(map(_taking, new, [*new[1:], None]))
        applied = _applied(here, new)
        before, left = left, look()
        if not applied or left == before:
            break  # they were for nothing
        done += applied
    return Mending(done, left)


def _is_ours(step: dict[str, Any]) -> bool:
    """Tell whether *step* leaves roles alone that are other people's, or the host's."""
    touched = [*step["produces"], *step["destroys"]]
    return all(
        str(one.get("name") or one.get("member")).startswith(_OURS)
        for one in touched
        if one["kind"] in ("role", "membership", "roleMembership")
    )


def _statement(step: dict[str, Any]) -> Statement:
    text = str(step["sql"])
    found = []
    if step["dataLoss"] != "none":
        found.append("loses data")
    if step["rewriteRisk"]:
        found.append("writes the whole table anew under a lock")
    elif step["lockClass"] == "accessExclusive" and _SCANS.search(text):
        found.append("reads the whole table under a lock, fails on a row against it")
    if step["lockClass"] == "share":
        found.append("nobody writes to the table while it runs")
    if _OPENS.search(text):
        found.append("takes protection away")
    return Statement(text, tuple(found))


def _taking(one: Statement, following: Statement | None) -> Statement:
    """Mark what takes a right away, unless the *following* statement gives it back."""
    taken, given = _TAKES.match(one.text), following and _GIVES.match(following.text)
    if not taken or (given and given.groups() == taken.groups()):
        return one
    danger = "takes a right away, which somebody may be using"
    return replace(one, dangers=(*one.dangers, danger))


def _known(left: Sequence[Difference], database: str) -> Iterator[str]:
    """Write what pg-delta leaves out: targets of statistics, and the database's own."""
    place = sql.Identifier(database).as_string(None)
    for one in left:
        part = _PART.fullmatch(one.part)
        if part is None:
            continue
        kind, name, rest = part.groups()
        if kind == "column" and rest == "statistics target":
            target = one.object.removeprefix("table ")
            number = one.expected or "-1"
            yield f"alter table {target} alter column {name} set statistics {number}"
        elif one.object == "database" and kind == "setting":
            yield f"alter database {place} {_setting(name, one.expected)}"
        elif one.object == "database" and kind == "grant to":
            role = name.replace("PUBLIC", "public")
            yield f"revoke all on database {place} from {role}"
            if one.expected:
                yield f"grant {one.expected} on database {place} to {role}"
        elif one.object.startswith("role ") and kind == "setting":
            role = one.object.removeprefix("role ")
            within = f" in database {place}" if "in this" in one.part else ""
            yield f"alter role {role}{within} {_setting(name, one.expected)}"


def _setting(name: str, value: str | None) -> str:
    if value is None:
        return f"reset {name}"
    return f"set {name} = {sql.Literal(value).as_string(None)}"


def _applied(url: str, statements: Sequence[Statement]) -> list[Statement]:
    """Run *statements* and give those that run."""
    done = []
    with connect(url) as connection:
        connection.execute("set check_function_bodies = off")
        for statement in statements:
            try:
                with connection.transaction():
                    connection.execute(statement.text.encode())
                done.append(statement)
            except psycopg.Error:
                continue  # what it was for is among what is left
    return done
