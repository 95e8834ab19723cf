"""Runs a statement as Alice in both databases and compares everything that she is told.

An answer is what a client gets: rows, command tags, notices, and every field of an
error. Rows are compared without their order, which no statement here promises.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import pq
from psycopg.generators import execute

from tests.python.campaigns.oracle.statements import Statement
from tests.python.campaigns.oracle.worlds import Pair
from tests.python.databases import as_app
from tests.python.security.people import ALICE, SIGNER

Answer = tuple[Any, ...]

# The ways in which a statement is tried.
WAYS: Final = ("run", "explain", "explain analyze")

_TIMEOUT: Final = "3s"
_TOKEN_LASTS: Final = 120.0  # seconds; a token is good for longer
_FIELDS: Final = tuple(
    field
    for field in pq.DiagnosticField
    if not field.name.startswith("SOURCE_") and field.name != "SEVERITY_NONLOCALIZED"
)
_ROWS: Final = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.SINGLE_TUPLE)

# The first reader of a page may be slower and may have to tidy it; who reads is the
# same. What the planner read is the catalogue, as far as it was not in memory.
_READ: Final = re.compile(r"(Buffers: shared)((?: (?:hit|read|dirtied|written)=\d+)+)")
_PLANNING: Final = re.compile(r"^Planning:\n(?:  .*\n?)*", re.MULTILINE)
_WORKERS: Final = re.compile(r"Workers Launched: \d+")


@dataclass(frozen=True)
class Find:
    """A statement that Alice learns something by: the two answers, as they differ."""

    statement: Statement
    way: str
    left: Answer
    right: Answer

    def __str__(self) -> str:
        settings = "".join(f"set local {s};\n" for s in self.statement.settings)
        return (
            f"{self.way}\n{settings}{self.statement.text};\n"
            f"--- in one database\n{_shown(self.left, self.right)}\n"
            f"--- in the other\n{_shown(self.right, self.left)}"
        )


class Asking:
    """Two sessions of the app's login, one in each database."""

    def __init__(self, left: psycopg.Connection, right: psycopg.Connection) -> None:
        self._sides = (_Side(left), _Side(right))
        self._debug = (
            "debug_parallel_query"
            if left.info.server_version >= 160000
            else "force_parallel_mode"
        )
        self._token, self._until = "", 0.0

    def compare(self, statement: Statement, ways: Sequence[str] = WAYS) -> Find | None:
        """Try it in these ways; return the first in which it tells something."""
        for way, text in self._ways(statement):
            if way not in ways:
                continue
            left, right = self._ask(text)
            if not _differ(left, right, statement.parallel):
                continue
            # Twice more: what is only noise does not come again.
            again = (self._ask(text) for _ in range(2))
            if all(_differ(*pair, statement.parallel) for pair in again):
                return Find(statement, way, left, right)
        return None

    def _ways(self, statement: Statement) -> Iterator[tuple[str, str]]:
        start = self._start(statement.settings)
        yield "run", start + statement.text
        if statement.explained is None:
            return
        *before, last = statement.explained.split("; ")
        first = start + "".join(f"{text}; " for text in before)
        yield "explain", f"{first}explain (verbose) {last}"
        if not statement.parallel:
            # Of several workers, whoever is first reads the catalogue for itself.
            alone = "set local max_parallel_workers_per_gather = 0"
            measured = "explain (analyze, buffers, timing off, summary off)"
            yield "explain analyze", f"{first}{alone}; {measured} {last}"

    def _start(self, settings: Sequence[str]) -> str:
        now = time.monotonic()
        if now > self._until:
            self._token, self._until = SIGNER.for_user(ALICE), now + _TOKEN_LASTS
        chosen = "".join(
            f"set local {s.format(debug_parallel=f'{self._debug} = on')}; "
            for s in settings
        )
        return (
            "rollback; deallocate all; begin;"
            " select set_config('role', 'todo_user', true),"
            f" set_config('app.token', '{self._token}', true),"
            f" set_config('statement_timeout', '{_TIMEOUT}', true),"
            " set_config('jit', 'off', true); " + chosen
        )

    def _ask(self, text: str) -> tuple[Answer, Answer]:
        """Run it on both sides at once."""
        left, right = self._sides
        left.send(text)
        right.send(text)
        return left.answer(), right.answer()


def _differ(left: Answer, right: Answer, parallel: bool) -> bool:
    """Compare; an answer that came too late is none: it is longer on a busy machine.

    Of several workers, whoever is first raises: with them, only the SQLSTATE counts.
    """
    late = ("SQLSTATE", "57014")
    if any(late in part for part in (*left, *right)):
        return False
    if parallel:
        left, right = (
            tuple(part[1] if _is_error(part) else part for part in answer)
            for answer in (left, right)
        )
    return left != right


def _is_error(part: Answer) -> bool:
    return len(part) > 1 and part[1][:1] == ("SQLSTATE",)


class _Side:
    """One session; collects what the server says outside of results, too."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._told: list[str] = []
        connection.add_notice_handler(
            lambda told: self._told.append(f"{told.severity} {told.message_primary}")
        )

    def send(self, text: str) -> None:
        self._told.clear()
        self._connection.pgconn.send_query(text.encode())

    def answer(self) -> Answer:
        """Wait for all results; leave out those of the preamble's own statements."""
        results = self._connection.wait(execute(self._connection.pgconn))
        told = [word for word in self._told if "no transaction in progress" not in word]
        return (*(_result(result) for result in results[4:]), tuple(told))


def _result(result: pq.abc.PGresult) -> Answer:
    if result.status == pq.ExecStatus.FATAL_ERROR:
        return tuple(
            (field.name, (result.error_field(field) or b"").decode())
            for field in _FIELDS
        )
    rows: list[Any] = []
    if result.status in _ROWS:
        columns = range(result.nfields)
        rows = [
            tuple(result.get_value(row, column) for column in columns)
            for row in range(result.ntuples)
        ]
        if result.nfields == 1 and result.fname(0) == b"QUERY PLAN":
            return ("plan", _plan(b"\n".join(row[0] for row in rows).decode()))
        rows.sort(key=repr)
    return (result.command_status, tuple(rows))


def _plan(text: str) -> str:
    text = _PLANNING.sub("", text)
    text = _WORKERS.sub("Workers Launched", text)
    return _READ.sub(_pages, text)


def _pages(match: re.Match[str]) -> str:
    counts = re.findall(r"(hit|read)=(\d+)", match[2])
    return f"{match[1]} pages={sum(int(count) for _, count in counts)}"


def _shown(answer: Answer, other: Answer) -> str:
    """Print the first part that differs, and not more than a screen of it."""
    parts = [one for one, two in zip(answer, other, strict=False) if one != two]
    part = parts[0] if parts else answer[-1]
    text = part[1] if part and part[0] == "plan" else repr(part)
    return str(text)[:3000]


@contextmanager
def asking(pair: Pair) -> Iterator[Asking]:
    """Log in to both databases as the app."""
    with ExitStack() as stack:
        left, right = (
            stack.enter_context(psycopg.connect(as_app(url), autocommit=True))
            for url in pair
        )
        yield Asking(left, right)
