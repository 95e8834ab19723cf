"""What each statement changes in the catalogue, in words, read after every one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tools.catalog import Difference, Facts, differences, facts
from tools.migrate.files import MigrationFile
from tools.migrate.session import Session
from tools.migrate.statements import Statement

_LINE: Final = 300  # characters of a value that are shown


class FactWatch:
    """Reads the facts after each statement, in the migration's own transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.first: Facts = facts(session.connection)
        self.last: Facts = self.first
        self.file: MigrationFile | None = None
        self.changes: list[tuple[MigrationFile, Statement, list[Difference]]] = []

    def before(self, statement: Statement, *, alone: bool) -> None:
        """There is nothing to prepare: the last look is the state before."""

    def after(self, statement: Statement, *, alone: bool) -> None:
        """Note what this statement has changed."""
        now = facts(self._session.connection)
        if self.file is not None:
            found = differences(self.last, now)
            self.changes.append((self.file, statement, found))
        self.last = now


class Trace:
    """Tells which statement is behind a difference between before and after.

    Args:
        changes: of a `FactWatch`.
    """

    def __init__(
        self, changes: Sequence[tuple[MigrationFile, Statement, Sequence[Difference]]]
    ) -> None:
        self._changes = changes

    def of(self, key: str) -> tuple[str, str]:
        """Give id of the file and `file:line` of the last statement that changed *key*.

        Args:
            key: a path of the facts; what is above and below it counts, too.

        Returns two empty strings where no statement did.
        """
        for file, statement, found in reversed(self._changes):
            if any(_related(one.key, key) for one in found):
                return file.id, statement.place
        return "", ""

    def naming(self, object: str) -> tuple[str, str]:
        """Give id of the file and `file:line` of the last statement about *object*.

        Args:
            object: as SQL writes it, such as `app.tasks` or `app.tasks.title`; where
                no statement changed it, what it is a part of counts.

        Returns two empty strings where no statement did.
        """
        thing = re.match(r"([^\s:(.]+(?:\.[^\s:(.]+)?)(?:\.|: )?([^\s(]*)", object)
        for words in (thing.groups(), thing.groups()[:1]) if thing else ():
            wanted = [
                re.compile(rf"(?<![\w.]){re.escape(word)}(?!\w)") for word in words
            ]
            for file, statement, found in reversed(self._changes):
                if any(all(w.search(one.key) for w in wanted) for one in found):
                    return file.id, statement.place
        return "", ""

    def statement(self, place: str) -> Statement | None:
        """Give the statement at *place*, `file:line`."""
        return next((s for _, s, _ in self._changes if s.place == place), None)

    def by_place(self) -> Mapping[str, Sequence[Difference]]:
        """Give what each statement changed, by `file:line`."""
        return {statement.place: found for _, statement, found in self._changes}


def told(one: Difference) -> str:
    """Say in one line what the change did to a thing or a property."""
    if one.expected is None:
        return f"new: {one.key}{_value(one.actual)}"
    if one.actual is None:
        return f"gone: {one.key}{_value(one.expected)}"
    return f"changed: {one.key}{_value(one.expected)} →{_value(one.actual)[1:]}"


def _value(text: str | None) -> str:
    line = " ".join((text or "").split())
    shown = line if len(line) <= _LINE else f"{line[:_LINE]}…"
    return f": {shown}" if shown else ""


def _related(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}: ") or other.startswith(f"{one}: ")
