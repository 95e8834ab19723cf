"""The leading comments of a migration: what it depends on and how it wants to be run.

`-- depends:` and `-- transactional:` are yoyo's own directives and keep its meaning,
so that plain yoyo can read the directory; the others are comments to it.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import Final

from tools.console import Failure

DIRECTIVES: Final = (
    "depends",
    "transactional",
    "lock_timeout",
    "statement_timeout",
    "role",
    "irreversible",
    "backfill",
    "replaces",
)
REPEATABLE: Final = frozenset({"depends", "replaces"})

_LEADING = re.compile(r"\s*(--.*)?$")
_DIRECTIVE = re.compile(r"\s*--\s*([a-z_]+)\s*:\s*(.*?)\s*$")
_KEY_LIKE = re.compile(r"\s*--+\s*([A-Za-z][A-Za-z_ -]{2,24}?)\s*[:=]")
_TRANSACTIONAL = re.compile(r"--+\s*(non[-_ ]?)?transactional\b", re.IGNORECASE)
_DURATION = re.compile(r"(\d+)\s*(ms|s|min|h)?$")
_UNITS: Final = {None: 1, "ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}


@dataclass(frozen=True)
class Directive:
    """One `-- key: value` line; *line* counts from 1."""

    key: str
    value: str
    line: int


@dataclass(frozen=True)
class Header:
    """The directives of one file, and where the SQL after them begins.

    Args:
        directives: in the order of the file.
        length: number of leading comment and blank lines.
        name: of the file, for messages.
    """

    name: str
    directives: tuple[Directive, ...] = ()
    length: int = 0
    comments: tuple[str, ...] = field(default=(), repr=False)

    def value(self, key: str) -> str | None:
        """Return the value of *key*, or None where it is not given."""
        found = [d.value for d in self.directives if d.key == key]
        return " ".join(found) if found else None

    def values(self, key: str) -> tuple[str, ...]:
        """Return the value of every line with *key*, in order."""
        return tuple(d.value for d in self.directives if d.key == key)

    def place(self, key: str) -> str:
        """Return `file:line` of the first *key*."""
        line = next((d.line for d in self.directives if d.key == key), 1)
        return f"{self.name}:{line}"

    def milliseconds(self, key: str) -> int | None:
        """Return the duration *key* in milliseconds; None where it is not given.

        Raises:
            Failure: it is not a number with ms, s, min or h.
        """
        text = self.value(key)
        return None if text is None else milliseconds(text, self.place(key))

    @property
    def transactional(self) -> bool:
        """Whether the file runs in one transaction: yes, unless it says `false`."""
        return self.value("transactional") != "false"


def parse(text: str, name: str) -> Header:
    """Read the leading comments of *text*.

    Raises:
        Failure: a directive that is misspelt, given twice or has an impossible value.
    """
    directives: list[Directive] = []
    comments: list[str] = []
    number = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not _LEADING.match(line):
            number -= 1
            break
        comments.append(line)
        directive = _read(line, f"{name}:{number}")
        if directive:
            directives.append(Directive(*directive, number))
    header = Header(name, tuple(directives), number, tuple(comments))
    _check(header)
    return header


def milliseconds(text: str, where: str) -> int:
    """Return a duration such as `500ms`, `2s`, `5min` in milliseconds.

    Raises:
        Failure: *text* is no such duration.
    """
    match = _DURATION.match(text.strip())
    if not match:
        raise Failure(
            f"{text!r} is no duration",
            where=where,
            next="write a whole number with ms, s, min or h, as in `5s`",
        )
    return int(match[1]) * _UNITS[match[2]]


def misplaced(comment: str) -> bool:
    """Tell whether a *comment* from the body looks like a transactional directive."""
    return bool(_TRANSACTIONAL.match(comment))


def _read(line: str, where: str) -> tuple[str, str] | None:
    match = _DIRECTIVE.match(line)
    if match and match[1] in DIRECTIVES:
        return match[1], match[2]
    if _TRANSACTIONAL.match(line.strip()):
        raise Failure(
            f"directive written wrongly: {line.strip()!r}",
            where=where,
            next="write exactly `-- transactional: false`, or leave the line out",
        )
    meant = _meant(line)
    if meant:
        raise Failure(
            f"directive written wrongly: {line.strip()!r}",
            where=where,
            next=f"write exactly `-- {meant}: …`, or reword the comment",
        )
    return None


def _meant(line: str) -> str | None:
    """Return the directive that a line of prose all but spells."""
    match = _KEY_LIKE.match(line)
    if not match:
        return None
    key = re.sub(r"[ -]+", "_", match[1].strip().lower())
    close = difflib.get_close_matches(key, DIRECTIVES, n=1, cutoff=0.85)
    return close[0] if close else None


def _check(header: Header) -> None:
    seen: set[str] = set()
    for directive in header.directives:
        where = f"{header.name}:{directive.line}"
        if directive.key in seen and directive.key not in REPEATABLE:
            raise Failure(
                f"`-- {directive.key}:` is given twice",
                where=where,
                next="keep one of the two lines",
            )
        seen.add(directive.key)
        if not directive.value:
            raise Failure(
                f"`-- {directive.key}:` says nothing",
                where=where,
                next="give it a value, or leave the line out",
            )
    transactional = header.value("transactional")
    if transactional not in (None, "true", "false"):
        raise Failure(
            f"`-- transactional: {transactional}` is neither true nor false",
            where=header.place("transactional"),
            next="write exactly `-- transactional: false`, or leave the line out",
        )
