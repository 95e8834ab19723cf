"""Test the detector of differences by mutation.

    python -m tests.python.campaigns.catalog_mutants [--pg MAJOR]

A rich schema is built once; then each of many single changes is made to it, and the
detector must name what changed and nothing else. Schema and changes are the SQL
files beside this one. Each change is rolled back, so that one database serves all.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from pglast import parser

from tools import catalog
from tools.catalog import Difference, Facts
from tools.console import Failure, say
from tools.postgres.server import find_bin, throwaway

SCHEMA: Final = Path(__file__).with_name("catalog.sql")
MUTANTS: Final = Path(__file__).with_name("mutants.sql")

# One partition, one publication and one extension of the fixture need these.
SERVER: Final = {"wal_level": "logical", "max_wal_senders": "2"}

_DIRECTIVE = re.compile(
    r"^-- (mutant|from|shows(?: from \d+| until \d+)?): (.*)\n", re.MULTILINE
)


@dataclass(frozen=True)
class Mutant:
    """One single change.

    Attributes:
        name: what changes, in words.
        since: the oldest major version of PostgreSQL that knows the feature.
        shows: the keys of the differences that the detector must report, each with
            the oldest and the newest major version on which it must.
        sql: the statements that make the change.
    """

    name: str
    since: int
    shows: tuple[tuple[str, int, int], ...]
    sql: str


@dataclass(frozen=True)
class Verdict:
    """What the detector said about one mutant on a server of version *major*."""

    mutant: Mutant
    major: int
    found: tuple[Difference, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the differences that were found."""
        return tuple(sorted(one.key for one in self.found))

    @property
    def killed(self) -> bool:
        """Whether the change was found at all."""
        return bool(self.found)

    @property
    def exact(self) -> bool:
        """Whether it was found, and nothing but it."""
        shows = (
            k for k, first, last in self.mutant.shows if first <= self.major <= last
        )
        return self.keys == tuple(sorted(shows))


def mutants(path: Path = MUTANTS) -> list[Mutant]:
    """Read the changes of *path*: `-- mutant:`, `-- from:`, `-- shows:`, then SQL."""
    text = path.read_text(encoding="utf-8")
    starts = [m.start() for m in _DIRECTIVE.finditer(text) if m[1] == "mutant"]
    blocks = (text[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True))
    return [_mutant(block) for block in blocks]


def _mutant(block: str) -> Mutant:
    said = _DIRECTIVE.findall(block)
    return Mutant(
        name=next(text for key, text in said if key == "mutant"),
        since=int(next((text for key, text in said if key == "from"), "0")),
        shows=tuple(
            (text, *_range(key)) for key, text in said if key.startswith("shows")
        ),
        sql=_DIRECTIVE.sub("", block).strip(),
    )


def _range(directive: str) -> tuple[int, int]:
    """Read `shows`, `shows from 18` or `shows until 15`."""
    _, _, bound = directive.partition(" ")
    word, _, major = bound.partition(" ")
    return (
        int(major) if word == "from" else 0,
        int(major) if word == "until" else sys.maxsize,
    )


def stages(path: Path = SCHEMA) -> list[list[str]]:
    """Read a schema in stages; statements of one stage do not depend on each other."""
    parts = re.split(r"^-- stage: .*\n", path.read_text(encoding="utf-8"), flags=re.M)
    return [list(parser.split(part)) for part in parts[1:]]


def build(
    connection: psycopg.Connection,
    wanted: Iterable[Sequence[str]],
    order: random.Random | None = None,
) -> None:
    """Build the schema; with *order*, each stage's statements are shuffled by it."""
    for stage in wanted:
        statements = list(stage)
        if order:
            order.shuffle(statements)
        for statement in statements:
            connection.execute(statement.encode())


def judge(
    connection: psycopg.Connection, chosen: Iterable[Mutant]
) -> Iterator[Verdict]:
    """Make each change, compare, and take it back.

    Args:
        connection: of a superuser to the fixture's database, in no transaction.
        chosen: the changes; those newer than the server are left out.
    """
    before = catalog.facts(connection)
    major = connection.info.server_version // 10_000
    for mutant in chosen:
        if mutant.since <= major:
            with connection.transaction(force_rollback=True):
                connection.execute(mutant.sql.encode())
                after: Facts = catalog.facts(connection)
            yield Verdict(mutant, major, tuple(catalog.differences(before, after)))


def main(argv: Sequence[str]) -> int:
    """Print each verdict that is not exact, and the score."""
    arguments = argparse.ArgumentParser(
        prog="python -m tests.python.campaigns.catalog_mutants"
    )
    arguments.add_argument("--pg", type=int, help="major version of the server")
    arguments.add_argument("--all", action="store_true", help="print what each shows")
    chosen = arguments.parse_args(argv)
    with throwaway(find_bin(chosen.pg), SERVER) as cluster:
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            build(connection, stages())
            verdicts = list(judge(connection, mutants()))
        for verdict in verdicts:
            if chosen.all or not verdict.exact:
                say(f"{verdict.mutant.name}:")
                for line in catalog.describe(verdict.found, "before", "after"):
                    say(f"    {line}")
        say(f"PostgreSQL {cluster.version}: {score(verdicts)}")
        say(
            f"facts of the fixture: {_median(cluster.url()):.0f} ms on a new connection"
        )
    if not all(verdict.exact for verdict in verdicts):
        raise Failure(
            "the detector missed a change, or showed more than it",
            where=str(MUTANTS),
            next="mend the query of that kind in tools/catalog/queries/",
        )
    return 0


def score(verdicts: Sequence[Verdict]) -> str:
    """Say how many changes were found, and how many were named exactly."""
    killed = sum(verdict.killed for verdict in verdicts)
    exact = sum(verdict.exact for verdict in verdicts)
    return f"{len(verdicts)} mutants, {killed} found, {exact} named exactly"


def _median(url: str) -> float:
    """Measure how long a process that just connected waits for its facts, in ms."""
    times = []
    for _ in range(9):
        with psycopg.connect(url) as connection:
            start = time.perf_counter()
            catalog.facts(connection)
            times.append(1_000 * (time.perf_counter() - start))
    return statistics.median(times)
