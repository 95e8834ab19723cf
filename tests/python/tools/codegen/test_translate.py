"""Translated expressions decide as PostgreSQL does, nulls included."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tools.codegen.expressions import columns, parse
from tools.codegen.functions_known import Untranslatable
from tools.codegen.pgtypes import Kind
from tools.codegen.simplify import simplify
from tools.codegen.support import _values
from tools.codegen.translate import Known, is_not_false
from tools.postgres.server import Cluster

# Columns: their type in SQL, their kind, and values that meet each other's edges.
COLUMNS: dict[str, tuple[str, Kind, list[Any]]] = {
    "i": ("integer", "integer", [None, -1, 0, 1, 2147483647]),
    "j": ("integer", "integer", [None, 0, 1, 5, -(2**31)]),
    "s": ("smallint", "integer", [None, 0, 181, 182, -(2**15)]),
    "r": ("real", "real", [None, 0.1, 0.10000000149011613, 0.25, float("nan")]),
    "b": ("bigint", "integer", [None, 0, 2**31, 2**63 - 1]),
    "t": ("text", "text", [None, "", " a ", "a", "ab", "\t", "😀é"]),
    "u": ("text", "text", [None, "", "a", "x%y"]),
    "d": ("date", "date", [None, dt.date(2024, 2, 29), dt.date(2024, 3, 1)]),
    "e": (
        "date",
        "date",
        [None, dt.date(2024, 2, 29), dt.date(1999, 1, 1), dt.date.min, dt.date.max],
    ),
    "p": ("boolean", "boolean", [None, True, False]),
    "q": ("boolean", "boolean", [None, True, False]),
    "n": ("numeric", "numeric", [None, Decimal("0.10"), Decimal("NaN"), Decimal(3)]),
    "f": ("double precision", "float", [None, 0.1, float("nan"), 3.0]),
    "z": (
        "timestamptz",
        "instant",
        [
            None,
            dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
            dt.datetime(2024, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        ],
    ),
    "g": ("uuid", "uuid", [None, UUID(int=1), UUID(int=2)]),
    "c": ("char(3)", "blank-padded", [None, "", "a", "a ", " a", "ab "]),
    "k": ("char(2)", "blank-padded", [None, "", "a", "a ", "ab"]),
    "a": (
        "text[]",
        "array",
        [None, [], ["a"], ["a", "b", "a"], ["c"], [["a"], ["c"]], [None]],
    ),
    "w": (
        "jsonb",
        "json",
        [
            None,
            *(Jsonb(value) for value in ({}, {"a": 1}, ["a", 1], ["b"], "a", 1)),
        ],
    ),
}
BITS = {"smallint": 16, "bigint": 64}
EXPRESSIONS = [
    "i > 0",
    "i > 0 and j > 0",
    "i > 0 or j > 0",
    "not (i > 0 or j is null)",
    "(i is null) = (j = 0)",
    "(i is null) <> (j is null)",
    "i is distinct from j",
    "i is not distinct from j",
    "p",
    "not p",
    "p is true",
    "p is not true",
    "p is false",
    "p is not false",
    "p is unknown",
    "(p and q) is unknown",
    "(p or q) = (i > 0)",
    "p = q",
    "coalesce(i, j, 0) > 0",
    "coalesce(i, j) = 1",
    "nullif(i, j) = 1",
    "case when p then i > 0 when q then j > 0 else i is null end",
    "case when p then i end = 1",
    "num_nulls(i, j, t) < 2",
    "num_nonnulls(i, t) = 1",
    "length(t) <= 2",
    "octet_length(t) = 6",
    "btrim(t) <> ''",
    "ltrim(t) = rtrim(t)",
    "btrim(t, E' \\t\\n') <> ''",
    "strpos(t, u) > 0",
    "starts_with(t, u)",
    "t || u <> 'aa'",
    "left(t, 1) = 'a'",
    "left(t, -1) = 'a'",
    "right(t, 2) = 'ab'",
    "right(t, -1) = 'b'",
    "substr(t, 2, 1) = 'b'",
    "substr(t, 2) = 'a '",
    "reverse(t) = t",
    "t in ('a', 'ab')",
    "t not in ('a', 'ab')",
    "t like 'a%'",
    "t not like '_'",
    "t ~ '^a'",
    "t !~ 'b$'",
    "t ~* 'A'",
    "d > e",
    "d - e < 100",
    "d >= date '2024-02-29'",
    "d + 1 = date '2024-03-01'",
    "extract(isodow from d) = 4",
    "extract(year from e) < 2000",
    "greatest(1, 2) = 2",
    "extract(month from d) in (2, 3)",
    "i + j < 10",
    "i * j >= 0",
    "i - j <> 0",
    "abs(i) = 1",
    "i = -1",
    "b > 2147483648",
    "i + b > 0",
    "n > 0.1",
    "n = 3",
    "f > 0.1",
    "n between 0 and 1",
    "z = timestamptz '2024-01-01 00:00+00'",
    "g = '00000000-0000-0000-0000-000000000001'",
    "i between j and 5",
    "isfinite(d)",
    "mod(i, 2) = 1",
    "i in (1, -1)",
    "b::numeric > 0.5",
    "greatest(i, j) = 1",
    "least(i, j, 3) < 1",
    "i % 2 = 1",
    "i % j = 0",
    "b % 3 = 0",
    "c = 'a'",
    "c in ('a', 'ab ')",
    "c <> 'a '",
    "c = k",
    "array_length(a, 1) = 1",
    "array_length(a, 1) is null",
    "array_length(a, 1) between 1 and 2",
    "a <@ array['a', 'b']",
    "w ? 'a'",
    "not w ? 'b'",
    "abs(j) >= 5",
    "-j <> 3",
    "abs(s) > 181",
    "s * s >= 0",
    "s * i >= 0",
    "s + 1 > 0",
    "-s < 0",
    "mod(s, 7) = 0",
    "i + 5000000000 > 0",
    "r <= 0.1",
    "r < 0.1",
    "r > 0.1",
    "r = 0.1",
    "r = 0.1::real",
    "r <> 0.25",
    "r >= f",
    "r in (0.25, 1)",
    "position('a' in t) = 1",
    "position(u in t) > 0",
    "d <= e + 3650000",
    "d - 3000000 < date '2024-01-01'",
    "d + 1 > e - 1",
    "d + i > date '2024-01-01'",
    "(d + 1) - e > 0",
    "t is null or length(t) <= 1",
    "length(t) <= 1 or t is null or t = 'ab'",
]
REFUSED = [
    "lower(t) = t",
    "t < u",
    "app.known(t)",
    "i::text = '1'",
    "d = 'infinity'::date",
    "now() > z",
    "t::varchar(3) = t",
    "i / j > 0",
    "t = any (string_to_array(u, ','))",
    "f = 'NaN'::float8",
    "(i, j) is not null",
    "t ilike 'a'",
    "t ~ '\\d'",
    "z + interval '1 day' > z",
    "greatest(i + 1, j) = 1",
    "c < k",
    "c ~ 'a'",
    "array_length(a, 2) = 1",
    "a <@ string_to_array(t, ',')",
    "a @> array['a']",
    "w ? t",
    "left(t, i) = 'a'",
    "substr(t, i) = 'a'",
    "substring(t from '^a') = t",
]


@pytest.fixture(scope="module")
def connection(cluster: Cluster) -> Iterator[psycopg.Connection]:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def printed(connection: psycopg.Connection, expression: str) -> str:
    """The expression as the catalogue would print it."""
    listed = ", ".join(f"{name} {type_}" for name, (type_, _, _) in COLUMNS.items())
    with connection.transaction(force_rollback=True):
        connection.execute(f"create temporary table x ({listed}, check ({expression}))")
        connection.execute("set local intervalstyle = 'iso_8601'")
        row = connection.execute(
            "select pg_get_expr(conbin, conrelid) from pg_constraint"
            " where conrelid = 'x'::regclass and contype = 'c'"
        ).fetchone()
    assert row is not None
    return str(row[0])


def compiled(expression: str, named: list[str]) -> Any:
    known = {
        name: Known(name, COLUMNS[name][1], True, BITS.get(COLUMNS[name][0], 32))
        for name in named
    }
    code, _ = is_not_false(parse(expression), known)
    space = {**vars(_values), "dt": dt, "Decimal": Decimal, "UUID": UUID}
    return eval(f"lambda {', '.join(named)}: {code}", space)  # noqa: S307


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_it_decides_as_the_database_does(
    connection: psycopg.Connection, expression: str
) -> None:
    text = printed(connection, expression)
    named = sorted(columns(parse(text)))
    holds = compiled(text, named)
    typed = ", ".join(f"%s::{COLUMNS[name][0]} as {name}" for name in named)
    text = text.replace("%", "%%")
    query = f"select ({text}) is not false from (select {typed}) as r"
    for values in itertools.product(*(COLUMNS[name][2] for name in named)):
        try:
            row = connection.execute(query, values).fetchone()
            expected = row is not None and row[0]
        except (
            psycopg.errors.NumericValueOutOfRange,
            psycopg.errors.DivisionByZero,
            psycopg.errors.DatetimeFieldOverflow,
        ):
            expected = False
        try:
            found = holds(*(v.obj if isinstance(v, Jsonb) else v for v in values))
        except ValueError:
            found = False
        assert found is expected, (
            f"{expression} with {dict(zip(named, values, strict=True))}"
        )


@pytest.mark.parametrize("expression", REFUSED)
def test_what_has_no_equivalent_is_refused(expression: str) -> None:
    known = {name: Known(name, kind, True) for name, (_, kind, _) in COLUMNS.items()}
    with pytest.raises(Untranslatable):
        is_not_false(parse(expression), known)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("(a is None or (a is None or (a > b)))", "a is None or a > b"),
        ("(not a is None)", "a is not None"),
        ("(not (a in (1,)))", "a not in (1,)"),
        ("((a is None) == (b is None))", "(a is None) == (b is None)"),
        ("(a and (b or c))", "a and (b or c)"),
    ],
)
def test_simplifying_keeps_the_meaning(code: str, expected: str) -> None:
    assert simplify(code).text == expected
