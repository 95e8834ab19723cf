"""Strings that match a regular expression, without chance: for CHECKs with `~`."""

from __future__ import annotations

import re
from typing import Any, Final

_SAMPLES: Final = "a1A0_-. @/:#é"
_MANY: Final = 3  # repeats of an open-ended quantifier

# The parser behind `re` has no public name; PostgreSQL's classes are spelt for it.
_parse: Any = re._parser.parse  # type: ignore[attr-defined]
_CLASSES: Final = {
    "[:alnum:]": "A-Za-z0-9",
    "[:alpha:]": "A-Za-z",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:space:]": r"\s",
    "[:xdigit:]": "0-9A-Fa-f",
    "[:word:]": r"\w",
}


def sample(pattern: str) -> str | None:
    """Give a string that matches *pattern* of PostgreSQL; None if that is beyond us."""
    for name, members in _CLASSES.items():
        pattern = pattern.replace(name, members)
    try:
        text = "".join(_make(item) for item in _parse(pattern))
        return text if re.search(pattern, text) else None
    except (re.error, KeyError, StopIteration, RecursionError):
        return None


def _make(item: tuple[Any, Any]) -> str:
    """Give the shortest plain text for one *item* of a parsed pattern."""
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return chr(value)
    if kind in ("AT", "ASSERT", "ASSERT_NOT"):
        return ""
    if kind == "ANY":
        return "a"
    if kind == "SUBPATTERN":
        return "".join(map(_make, value[-1]))
    if kind == "BRANCH":
        return "".join(map(_make, value[1][0]))
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = value
        times = low if low else min(int(high), _MANY if len(inner) == 1 else 0)
        return "".join(map(_make, inner)) * times
    return _one_of(item)


def _one_of(item: tuple[Any, Any]) -> str:
    """Give the first sample character that a set or class accepts, else its first."""
    kind, value = str(item[0]), item[1]
    if kind == "NOT_LITERAL":
        return next(c for c in _SAMPLES if ord(c) != value)
    if kind != "IN":
        raise KeyError(kind)
    negated = str(value[0][0]) == "NEGATE"
    for character in _SAMPLES:
        if any(_holds(part, character) for part in value) != negated:
            return character
    first = value[0][1]
    return chr(first[0] if isinstance(first, tuple) else first)


def _holds(part: tuple[Any, Any], character: str) -> bool:
    kind, value = str(part[0]), part[1]
    if kind == "LITERAL":
        return bool(ord(character) == value)
    if kind == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    classes = {"CATEGORY_DIGIT": r"\d", "CATEGORY_SPACE": r"\s", "CATEGORY_WORD": r"\w"}
    pattern = classes.get(str(value))
    return pattern is not None and re.match(pattern, character) is not None
