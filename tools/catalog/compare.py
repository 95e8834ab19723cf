"""Two sets of facts side by side: what differs, and which way.

A key is a path (`table app_data.tasks: policy tasks_select_user: using`). Where a whole
object is missing, that is one difference, not one for each of its facts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Final

from tools.catalog.reader import Facts

ORDERS: Final = ("order of columns", "order of attributes")

# Steps of a path that name a thing; the others name a property of the thing above.
_THINGS: Final = (
    "column ",
    "constraint ",
    "index ",
    "policy ",
    "rule ",
    "trigger ",
    "grant to ",
    "member of ",
    "setting ",
    "table ",
    "token ",
)
_STEP: Final = re.compile(r': (?=(?:[^"]*"[^"]*")*[^"]*$)')
_LINE: Final = 300  # characters of a value shown before it is cut


@dataclass(frozen=True, order=True)
class Difference:
    """One thing or property in which two databases differ.

    Attributes:
        object: what it belongs to, such as `table app_data.tasks`.
        part: the path below the object; empty where the object itself is meant.
        expected: the value of the first database, None where it has none.
        actual: the value of the second.
        is_thing: whether this is a thing with facts of its own, not a property.
    """

    object: str
    part: str
    expected: str | None
    actual: str | None
    is_thing: bool = False

    @property
    def key(self) -> str:
        """The whole path."""
        return f"{self.object}: {self.part}" if self.part else self.object

    def words(self, expected: str = "expected", actual: str = "actual") -> str:
        """Say the difference; *expected* and *actual* name the two databases."""
        return f"{self.key}{self.predicate(expected, actual)}"

    def predicate(self, expected: str = "expected", actual: str = "actual") -> str:
        """Say the difference without its path, as a continuation of it."""
        if not self.is_thing or None not in (self.expected, self.actual):
            return " differs" + _both(expected, self.expected, actual, self.actual)
        has, lacks, value = (
            (actual, expected, self.actual)
            if self.expected is None
            else (expected, actual, self.expected)
        )
        return f" is missing in {lacks}; {has} has {_short(value or '') or 'it'}"


def steps(key: str) -> list[str]:
    """Split the path *key*, at what is no part of a quoted name."""
    return _STEP.split(key) if '"' in key else key.split(": ")


def differences(expected: Facts, actual: Facts) -> list[Difference]:
    """Compare two databases' facts, sorted by object; an empty list means equal."""
    return sorted(_walk(expected, actual))


def describe(
    found: Iterable[Difference], expected: str = "expected", actual: str = "actual"
) -> list[str]:
    """Give lines to print: each object, and below it, indented, what differs."""
    lines: list[str] = []
    for name, group in groupby(sorted(found), key=lambda one: one.object):
        of_object = list(group)
        if len(of_object) == 1 or not of_object[0].part:
            lines.extend(one.words(expected, actual) for one in of_object)
            continue
        lines.append(f"{name}:")
        lines.extend(
            f"    {one.part}{one.predicate(expected, actual)}" for one in of_object
        )
    return lines


def _walk(expected: Facts, actual: Facts) -> Iterator[Difference]:
    nodes_expected, nodes_actual = _nodes(expected), _nodes(actual)
    said: set[str] = set()
    for key in sorted(expected.keys() | actual.keys()):
        if expected.get(key) == actual.get(key) or _is_mere_absence(
            key, expected, actual
        ):
            continue
        path = _missing_ancestor(key, nodes_expected, nodes_actual)
        if path in said:
            continue
        said.add(path)
        name, *parts = steps(path)
        yield Difference(
            name,
            ": ".join(parts),
            _value(path, expected, nodes_expected),
            _value(path, actual, nodes_actual),
            not parts or parts[-1].startswith(_THINGS),
        )


def _nodes(facts: Facts) -> Counter[str]:
    """Count the facts below every path, the fact's own path included."""
    return Counter(prefix for key in facts for prefix in _prefixes(key))


def _prefixes(key: str) -> Iterator[str]:
    path = steps(key)
    for count in range(1, len(path) + 1):
        yield ": ".join(path[:count])


def _missing_ancestor(key: str, one: Counter[str], other: Counter[str]) -> str:
    """Give the highest part of the path that only one side has, else *key* itself.

    A single fact speaks for itself: it is not hidden behind the thing that it is of.
    """
    for prefix in _prefixes(key):
        if (prefix in one) != (prefix in other) and one[prefix] + other[prefix] > 1:
            return prefix
    return key


def _value(path: str, facts: Facts, nodes: Counter[str]) -> str | None:
    """Give the value at *path*, or the gist of what is below it; None if nothing is."""
    if path in facts or path not in nodes:
        return facts.get(path)
    if len(steps(path)) == 1:
        return ""  # a whole object is too much for a line
    below = len(path) + len(": ")
    return ", ".join(
        f"{key[below:]} {value}"
        for key, value in facts.items()
        if key.startswith(f"{path}: ")
    )


def _is_mere_absence(key: str, expected: Facts, actual: Facts) -> bool:
    """Tell whether two orders differ only in columns that one side does not have."""
    if not key.endswith(ORDERS) or key not in expected or key not in actual:
        return False
    first, second = expected[key].split(", "), actual[key].split(", ")
    return [name for name in first if name in second] == [
        name for name in second if name in first
    ]


def _both(expected: str, first: str | None, actual: str, second: str | None) -> str:
    if first is None or second is None:
        one = "nothing" if first is None else _short(first)
        other = "nothing" if second is None else _short(second)
        return f": {expected} says {one}, {actual} says {other}"
    place = ""
    if "\n" in first or "\n" in second:
        number, first, second = _first_unlike(first.splitlines(), second.splitlines())
        place = f" in line {number}"
    one, other = _pair(first, second)
    return f"{place}: {expected} says {one}, {actual} says {other}"


def _first_unlike(one: Sequence[str], other: Sequence[str]) -> tuple[int, str, str]:
    pairs = list(zip_longest(one, other, fillvalue=""))
    for number, (left, right) in enumerate(pairs, 1):
        if left != right:
            return number, left or "nothing", right or "nothing"
    return len(pairs), "one line end more or less", "the other"


def _pair(first: str, second: str) -> tuple[str, str]:
    """Shorten two unlike texts so that what is unlike can still be seen."""
    if _short(first) == _short(second):
        if first.split() == second.split():  # blanks alone
            return repr(first), repr(second)
        unlike = (
            i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b
        )
        start = max(next(unlike, 0) - _LINE // 4, 0)
        return f"…{_short(first[start:])}", f"…{_short(second[start:])}"
    return _short(first), _short(second)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE else f"{line[:_LINE]}…"
