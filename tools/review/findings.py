"""Findings, and the waivers that answer them.

A waiver is a line among the leading comments of a migration, with the key of a finding
and the reason why it is accepted there:

    -- waive: drop-column: nothing has read it since release 4
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from tools.migrate.files import MigrationFile, shown

_WAIVER: Final = re.compile(
    r"\s*--\s*waive:\s*(?P<key>[\w./-]+)\s*:\s*(?P<reason>.*\S)"
)
_MEANT: Final = re.compile(r"\s*--\s*waive[dr]?\b", re.IGNORECASE)


class Severity(IntEnum):
    """How much a finding matters."""

    NOTE = 0
    LOOK = 1
    STOP = 2

    @property
    def word(self) -> str:
        """The word for it, in lower case."""
        return self.name.lower()


@dataclass(frozen=True)
class Finding:
    """One thing that a reviewer should know.

    Attributes:
        key: what waivers name, such as `drop-column`.
        severity: of it.
        where: `file:line`, or the object where no line is known.
        text: a sentence.
        file: id of the migration, whose waivers count; empty for the change as a whole.
    """

    key: str
    severity: Severity
    where: str
    text: str
    file: str = ""


@dataclass(frozen=True)
class Waiver:
    """The reason why findings of one key are accepted in one migration."""

    key: str
    reason: str
    file: str
    where: str


@dataclass(frozen=True)
class Judged:
    """Findings, those that are waived apart, each list the worst first."""

    open: tuple[Finding, ...]
    waived: tuple[tuple[Finding, Waiver], ...]

    @property
    def verdict(self) -> str:
        """`stop`, `look` or `pass`."""
        worst = max((finding.severity for finding in self.open), default=Severity.NOTE)
        return {Severity.NOTE: "pass"}.get(worst, worst.word)


def waivers(file: MigrationFile) -> tuple[list[Waiver], list[Finding]]:
    """Read the waivers of *file*, and find those that are written wrongly."""
    found, wrong = [], []
    for number, line in enumerate(file.header.comments, 1):
        where = f"{shown(file.path)}:{number}"
        match = _WAIVER.fullmatch(line)
        if match:
            found.append(Waiver(match["key"], match["reason"], file.id, where))
        elif _MEANT.match(line):
            text = "This line looks like a waiver and is none: write"
            text += " `-- waive: key: reason`."
            wrong.append(Finding("waiver", Severity.STOP, where, text, file.id))
    return found, wrong


def judge(findings: Iterable[Finding], files: Sequence[MigrationFile]) -> Judged:
    """Put waivers to the findings that they answer; one that answers none is found."""
    given: list[Waiver] = []
    every = list(dict.fromkeys(findings))
    for file in files:
        own, wrong = waivers(file)
        given += own
        every += wrong
    answers = {(waiver.file, waiver.key): waiver for waiver in given}
    waived = [
        (finding, answers[finding.file, finding.key])
        for finding in every
        if (finding.file, finding.key) in answers
    ]
    left = [f for f in every if (f.file, f.key) not in answers]
    used = {waiver for _, waiver in waived}
    left += [_idle(waiver) for waiver in given if waiver not in used]
    return Judged(tuple(sorted(left, key=_rank)), tuple(sorted(waived, key=_first)))


def _idle(waiver: Waiver) -> Finding:
    text = f"The waiver of {waiver.key} answers no finding: remove it."
    return Finding("waiver", Severity.LOOK, waiver.where, text, waiver.file)


def _first(pair: tuple[Finding, Waiver]) -> tuple[int, str, str, int]:
    return _rank(pair[0])


def _rank(finding: Finding) -> tuple[int, str, str, int]:
    place, _, line = finding.where.rpartition(":")
    number = int(line) if line.isdecimal() else 0
    return (-finding.severity, finding.file, place or finding.where, number)
