"""Chooses a candidate for every column so that all rules of the table hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

import psycopg

from tools.postgres.quoting import quoted
from tools.review.filler.schema import Check, Column, Table, mentions
from tools.review.filler.values import Candidate

Choice = Mapping[str, Candidate]

_PRODUCT: Final = 4_000  # combinations of candidates that one CHECK is asked about
_STEPS: Final = 50_000  # of the search, before it gives up


@dataclass(frozen=True)
class _Rule:
    """What combinations of the candidates of *columns* are allowed."""

    columns: tuple[str, ...]
    allows: Callable[[tuple[Candidate, ...]], bool]


def choose(
    connection: psycopg.Connection[Any],
    table: Table,
    options: Mapping[str, Sequence[Candidate]],
    rows: int,
) -> Choice | None:
    """Choose among *options*, the candidates of each column; None if nothing fits.

    Args:
        connection: to the database with the table, whose server evaluates the rules.
        table: whose rules count.
        options: of every column that is to be filled, the most natural first.
        rows: how many there will be.
    """
    sample = _rows(rows)
    usable = {
        name: [
            found
            for candidate in listed
            if (found := _tried(connection, table.columns[name], candidate, sample))
        ]
        for name, listed in options.items()
    }
    checks = [_with_sources(check, table) for check in table.checks]
    for check in (c for c in checks if len(c.columns) == 1):
        (name,) = check.columns
        held = _held(connection, table, check, {name: usable[name]}, sample)
        usable[name] = [c for c in usable[name] if (c,) in held]
    rules = [
        _unique(columns) for columns in table.unique if set(columns) <= set(usable)
    ]
    for check in (c for c in checks if len(c.columns) > 1):
        few = _cut({name: usable[name] for name in check.columns})
        rules.append(
            _Rule(
                check.columns,
                _held(connection, table, check, few, sample).__contains__,
            )
        )
    return _search(usable, rules)


def _with_sources(check: Check, table: Table) -> Check:
    """Give *check* on the columns behind generated ones."""
    plain = [c.name for c in table.columns.values() if not c.generated]
    if all(name in plain for name in check.columns):
        return check
    found = list(check.columns)
    for name in check.columns:
        default = table.columns[name].default
        if table.columns[name].generated and default:
            found += [n for n in plain if mentions(default, n)]
    return Check(
        check.name,
        check.text,
        tuple(n for n in dict.fromkeys(found) if n in plain),
    )


def _tried(
    connection: psycopg.Connection[Any],
    column: Column,
    candidate: Candidate,
    sample: str,
) -> Candidate | None:
    """Give *candidate* as it turns out to be; None if it is not of the column's type.

    What is cut to the column's length may not differ from row to row any more.
    """
    row = _ask(
        connection,
        "select bool_or(v is null), count(distinct v::text) = count(v)"  # noqa: S608
        f" from {sample} cross join lateral (select ({candidate.text})::{column.type})"
        " as value (v)",
    )
    if not row or (column.required and row[0][0]):
        return None
    return replace(candidate, varied=candidate.varied and row[0][1])


def _held(
    connection: psycopg.Connection[Any],
    table: Table,
    check: Check,
    options: Mapping[str, Sequence[Candidate]],
    sample: str,
) -> set[tuple[Candidate, ...]]:
    """Give the combinations of *options* for which *check* holds in every row.

    A condition that the server cannot evaluate, because another version of the schema
    wrote it, allows everything.
    """
    names = list(options)
    places = ", ".join(
        f"generate_series(0, {len(found) - 1}) as k{n}"
        for n, found in enumerate(options.values())
    )
    cells = ", ".join(
        f"case k{n} {_arms(options[name], table.columns[name])} end as {quoted(name)}"
        for n, name in enumerate(names)
    )
    keys = ", ".join(f"k{n}" for n in range(len(names)))
    generated = "".join(
        f", ({c.default}) as {quoted(c.name)}"
        for c in table.columns.values()
        if c.generated and c.default and mentions(check.text, c.name)
    )
    text = (
        f"select {keys} from {places} where not exists (select from ("  # noqa: S608
        f"select plain.*{generated} from (select {cells} from {sample}) as plain"
        f") as r where not coalesce(({check.text}), true))"
    )
    found = _ask(connection, text)
    if found is None:
        return set(product(*options.values()))
    return {
        tuple(options[name][key] for name, key in zip(names, row, strict=True))
        for row in found
    }


def _arms(found: Sequence[Candidate], column: Column) -> str:
    return " ".join(
        f"when {n} then ({one.text})::{column.type}" for n, one in enumerate(found)
    )


def _cut(options: Mapping[str, Sequence[Candidate]]) -> dict[str, list[Candidate]]:
    """Drop the least natural candidates until the product is small enough."""
    lists = {name: list(found) for name, found in options.items()}
    while _size(lists) > _PRODUCT:
        max(lists.values(), key=len).pop()
    return lists


def _size(lists: Mapping[str, Sequence[Candidate]]) -> int:
    size = 1
    for found in lists.values():
        size *= len(found)
    return size


def _unique(columns: tuple[str, ...]) -> _Rule:
    return _Rule(columns, lambda chosen: any(one.varied for one in chosen))


def _search(
    usable: Mapping[str, Sequence[Candidate]], rules: Sequence[_Rule]
) -> Choice | None:
    """Walk through the combinations, columns that rules tie together one by one."""
    names = sorted(usable, key=lambda n: -sum(n in rule.columns for rule in rules))
    chosen: dict[str, Candidate] = {}
    steps = 0

    def extend(depth: int) -> bool:
        nonlocal steps
        if depth == len(names):
            return True
        name = names[depth]
        for candidate in usable[name]:
            steps += 1
            chosen[name] = candidate
            if _allowed(name, chosen, rules) and extend(depth + 1):
                return True
            if steps > _STEPS:
                break
        chosen.pop(name, None)
        return False

    return chosen if extend(0) else None


def _allowed(name: str, chosen: Choice, rules: Sequence[_Rule]) -> bool:
    return all(
        rule.allows(tuple(chosen[column] for column in rule.columns))
        for rule in rules
        if name in rule.columns and chosen.keys() >= set(rule.columns)
    )


def _ask(connection: psycopg.Connection[Any], text: str) -> list[Any] | None:
    """Give the rows of a query, or None where the server refuses it."""
    try:
        with connection.transaction():
            return connection.execute(text.encode()).fetchall()
    except psycopg.Error:
        return None


def _rows(last: int) -> str:
    """Give a table of the rows for which candidates are tried, each once."""
    numbers = sorted({1, 2, 3, 4, 9, 100, 1441, last})
    return f"unnest(array{numbers}::bigint[]) as s (i)"
