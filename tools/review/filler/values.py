"""Candidates for the value of a column in row `i`, as SQL expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pglast import ast
from pglast.parser import ParseError, parse_sql
from pglast.visitors import Visitor

from tools.review.filler.patterns import sample
from tools.review.filler.schema import Check, Column

_LIMIT: Final = 48  # candidates of one column; a CHECK sees the product of its columns'

_NUMBERS: Final = ("i", "1 + i % 100", "i % 32000", "0", "1", "-1", "i / 1000.0")
_TEXTS: Final = (
    "{name} || ' ' || i",
    "'user' || i || '@example.org'",
    "'n' || i",
    "translate(i::text, '0123456789', 'abcdefghij')",
    "i::text",
    "md5({name} || i)",
    "encode(sha256(convert_to({name} || i, 'UTF8')), 'hex')",
    "'https://example.org/' || i",
    "'UTC'",
    "'en'",
    "'#4a90d9'",
    "'a'",
    "'A'",
    "''",
)
_TIMES: Final = (
    "timestamptz '2024-01-01 00:00Z' + i * interval '1 minute'",
    "now() + i * interval '1 second'",
    "timestamptz '2024-01-01 00:00Z'",
    "now() + interval '1 day'",
    "timestamptz '1970-01-01 00:00Z'",
)
_DATES: Final = ("date '2024-01-01' + (i % 700)::integer", "current_date")
# By the name of the base type; what is not here is tried as a literal.
_BY_TYPE: Final[dict[str, tuple[str, ...]]] = {
    "uuid": ("md5({name} || i)::uuid",),
    "boolean": ("i % 2 = 0", "true", "false"),
    "date": _DATES,
    "timestamp with time zone": _TIMES,
    "timestamp without time zone": _TIMES,
    "time without time zone": ("time '00:00' + (i % 1440) * interval '1 minute'",),
    "time with time zone": ("timetz '00:00Z' + (i % 1440) * interval '1 minute'",),
    "interval": ("i * interval '1 minute'", "interval '0'"),
    "bytea": (
        "sha256(convert_to({name} || i, 'UTF8'))",
        "sha512(convert_to({name} || i, 'UTF8'))",
        "substr(sha256(convert_to({name} || i, 'UTF8')), 1, 16)",
        "''",
    ),
    "jsonb": ("jsonb_build_object('number', i)", "'{{}}'", "'[]'"),
    "json": ("json_build_object('number', i)", "'{{}}'", "'[]'"),
    "inet": ("inet '10.0.0.0' + i",),
    "cidr": ("cidr '10.0.0.0/8'",),
    "macaddr": ("'08:00:2b:01:02:03'",),
    "xml": ("xmlelement(name a, i)",),
    "tsvector": ("to_tsvector('simple', {name} || ' ' || i)",),
    "int4range": ("int4range(i::integer, i::integer + 1)",),
    "int8range": ("int8range(i, i + 1)",),
    "numrange": ("numrange(i, i + 1)",),
    "daterange": ("daterange(date '2024-01-01' + i::integer, "
                  "date '2024-01-02' + i::integer)",),
    "tstzrange": ("tstzrange(timestamptz '2024-01-01Z' + i * interval '1 hour', "
                  "timestamptz '2024-01-01Z' + (i + 1) * interval '1 hour')",),
    "tsrange": ("tsrange(timestamp '2024-01-01' + i * interval '1 hour', "
                "timestamp '2024-01-01' + (i + 1) * interval '1 hour')",),
}  # fmt: skip
_ROW: Final = re.compile(r"\bi\b")
_LITERALS: Final = ("''", "'0'", "'{{}}'", "'(0,0)'", "'((0,0),(1,1))'", "'0/0'")


@dataclass(frozen=True)
class Candidate:
    """One way to fill a column.

    Attributes:
        text: SQL over `i`, from 1 up.
        varied: whether no two rows get the same value, NULL aside.
    """

    text: str
    varied: bool = False


def candidates(column: Column, salt: str, checks: Iterable[Check]) -> list[Candidate]:
    """Give the candidates of *column*, the most natural first.

    Args:
        column: to be filled.
        salt: makes values differ from those of other columns.
        checks: of the table; what they compare the column with is worth trying.
    """
    own = [check for check in checks if column.name in check.columns]
    found: list[Candidate] = []
    if column.default is not None and column.default.upper() != "NULL":
        found.append(Candidate(column.default, "uuid" in column.default.lower()))
    mined = [Candidate(text) for text in _mined(column, own)]
    usual = list(_usual(column, salt))
    # A value that a CHECK names fits better than one out of the air.
    found += [*usual[:1], *mined, *usual[1:]]
    if not column.required:
        halves = [
            Candidate(f"case when i % 2 = 0 then {one.text} end", one.varied)
            for one in found
        ]
        found = [*halves, Candidate("null"), *found]
    return list(dict.fromkeys(found))[:_LIMIT]


def keys(column: Column, salt: str) -> list[Candidate]:
    """Give the candidates of a column that others refer to: a value for each row."""
    return [one for one in _usual(column, salt) if one.varied]


def _usual(column: Column, salt: str) -> Iterator[Candidate]:
    name = literal(salt)
    if column.kind == "e":
        labels = f"enum_range(null::{column.base})"
        yield Candidate(f"({labels})[1 + i % cardinality({labels})]")
        return
    if column.category == "A":
        yield Candidate("'{}'")
        return
    texts = _BY_TYPE.get(column.base)
    if texts is None:
        texts = {"N": _NUMBERS, "S": _TEXTS}.get(column.category, _LITERALS)
    for text in texts:
        varied = _ROW.search(text) is not None and "%" not in text
        yield Candidate(text.format(name=name), varied)


def _mined(column: Column, checks: Iterable[Check]) -> Iterator[str]:
    """Give what *checks* suggest: constants, ranges, strings that match a pattern."""
    for check in checks:
        numbers: list[int] = []
        for value in _constants(check.text):
            if isinstance(value, int):
                if column.category == "N":
                    numbers.append(value)
            elif column.category == "N":
                continue
            else:
                yield literal(value)
                matching = sample(value)
                if matching is not None and column.category == "S":
                    yield literal(matching)
        if numbers:
            low, high = min(numbers), max(numbers)
            yield f"{low} + i % {high - low + 1}"
            yield from (str(number) for number in sorted({*numbers, high + 1, low - 1}))


class _Constants(Visitor):
    """Collects the constants of an expression, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str | int] = []

    def visit_A_Const(self, _: object, node: ast.A_Const) -> None:
        value = node.val
        if isinstance(value, ast.String):
            self.found.append(value.sval or "")
        elif isinstance(value, ast.Integer):
            self.found.append(value.ival or 0)


def _constants(expression: str) -> list[str | int]:
    visitor = _Constants()
    try:
        visitor(parse_sql(f"select {expression}"))
    except ParseError:  # what the server printed, pglast's version may not know
        return []
    return list(dict.fromkeys(visitor.found))


def literal(text: str) -> str:
    """Write *text* as a string of SQL."""
    quoted = text.replace("'", "''")
    if "\\" in text:
        return "E'" + quoted.replace("\\", "\\\\") + "'"
    return f"'{quoted}'"
