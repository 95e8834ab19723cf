"""The runs of a change: one to trace it, some to time it, one under load.

Each runs on a copy of its own, so that none sees what another left: caches, dead rows,
statistics. The first is on empty tables and reads the catalogue after every statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import psycopg

from tools.catalog import Facts
from tools.migrate.files import MigrationFile
from tools.migrate.statements import Statement
from tools.review import filler, locks, posture, references, runner
from tools.review.clone import Bench
from tools.review.filler import schema as schemas
from tools.review.filler.insert import Filled
from tools.review.load import Load, Wait
from tools.review.locks import Held
from tools.review.models import ModelDiff, compare
from tools.review.references import Unserved
from tools.review.runner import Error, FileRun, Observed
from tools.review.trace import FactWatch, Trace
from tools.review.watch import LockWatch, Work, WorkWatch, watching

ROUNDS: Final = 2  # runs of each size; the faster one counts
SMALLER: Final = 4  # the smaller size is this part of the larger

Files = Sequence[MigrationFile]
Schema = schemas.Schema
Failed = tuple[MigrationFile, Error]


@dataclass
class Traced:
    """What the first run on empty tables showed.

    Attributes:
        before: facts of the catalogue.
        after: facts of the catalogue.
        trace: which statement changed what.
        tables: that were there before, quoted and qualified.
        touched: those of them that any statement locked.
        unserved: foreign keys without an index that the change brings.
        broken: what sql/lints/ finds before and after.
        error: why it failed, or None.
    """

    before: Facts
    after: Facts
    trace: Trace
    tables: frozenset[str]
    touched: frozenset[str]
    unserved: frozenset[Unserved]
    broken: tuple[posture.Broken, posture.Broken]
    models: ModelDiff
    error: Failed | None


@dataclass
class Measured:
    """What the runs on filled tables showed; seconds by statement and size."""

    rows: int
    small: int
    seconds: dict[Statement, dict[int, float]] = field(default_factory=dict)
    work: dict[Statement, Work] = field(default_factory=dict)
    locks: Mapping[Statement, Held] = field(default_factory=dict)
    runs: dict[str, FileRun] = field(default_factory=dict)
    waits: dict[str, list[Wait]] = field(default_factory=dict)
    filled: list[Filled] = field(default_factory=list)
    error: Failed | None = None

    def estimate(self, statement: Statement) -> float | None:
        """Estimate the seconds on ten times the rows; None where it was not timed.

        What neither reads nor writes all rows takes as long as it does now. The others
        follow the line through both sizes; where noise hides its slope, the time is
        taken to grow as the rows do.
        """
        times = self.seconds.get(statement, {})
        if self.rows not in times or self.small not in times:
            return None
        now = times[self.rows]
        work = self.work.get(statement)
        if work is None or not work.grows:
            return now
        slope = (now - times[self.small]) / (self.rows - self.small)
        return now + 9 * self.rows * slope if slope > 0 else now * 10


def trace(bench: Bench, files: Files, models: bool = True) -> tuple[Traced, Schema]:
    """Run *files* on empty tables and read the catalogue after each statement.

    Gives what was found, and the schema as it is afterwards, for `measure`.
    """
    with bench.copy(0) as url:
        with (
            psycopg.connect(url, autocommit=True) as eye,
            runner.session(url) as session,
        ):
            tables = _tables(eye)
            old, kept = references.unserved(eye), posture.broken(eye)
            watch, facts = LockWatch(session), FactWatch(session)
            with watching(watch):
                error = _run(session, files, [watch, facts])
            after = schemas.read(eye)
            unserved = references.unserved(eye) - old
            broken = posture.broken(eye)
        difference = _models(bench, url) if models and not error else ModelDiff()
    found = Traced(
        facts.first,
        facts.last,
        Trace(facts.changes),
        tables,
        watch.touched & tables,
        unserved,
        (kept, broken),
        difference,
        error,
    )
    return found, after


def _tables(connection: psycopg.Connection[Any]) -> frozenset[str]:
    """Give what others may be waiting for: tables, partitions, views."""
    known = locks.relations(connection).values()
    return frozenset(one.table for one in known if one.part in ("", "view"))


def _models(bench: Bench, after: str) -> ModelDiff:
    with bench.copy(0) as before:
        return compare(before, after)


def measure(
    bench: Bench,
    files: Files,
    traced: Traced,
    after: Schema,
    rows: int,
    step: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Run *files* on filled tables, to time them and under load.

    Args:
        bench: gives the databases.
        files: under review.
        traced: of `trace`.
        after: the schema as it will be, for rows that suit both.
        rows: in every table.
        step: is told what is done next.
    """
    found = Measured(rows, max(rows // SMALLER, 1))
    filled: dict[int, list[Filled]] = {}
    bench.fill = partial(_fill, after, filled)
    step(f"run on {found.small:,} rows per table, to see what is locked")
    touched, found.error = _survey(bench, files, found.small)
    if found.error:
        found.filled = filled.get(found.small, [])
        return found
    for number in range(ROUNDS):
        for size in (found.small, found.rows):
            step(f"run {number + 1} of {ROUNDS} on {size:,} rows per table")
            found.error = _timed(bench, files, size, found)
            if found.error:
                found.filled = filled.get(size, [])
                return found
    found.filled = filled[rows]
    step(f"run under load on {rows:,} rows per table")
    _loaded(bench, files, (traced.touched | touched) & traced.tables, found)
    return found


def _fill(after: Schema, filled: dict[int, list[Filled]], url: str, rows: int) -> None:
    filled[rows] = filler.fill(url, rows, after=after)


def _survey(
    bench: Bench, files: Files, size: int
) -> tuple[frozenset[str], Failed | None]:
    """Give the tables that are locked where there are rows: triggers lock some more."""
    with bench.copy(size) as url, runner.session(url) as session:
        watch = LockWatch(session)
        with watching(watch):
            error = _run(session, files, [watch])
    return watch.touched, error


def _timed(bench: Bench, files: Files, size: int, found: Measured) -> Failed | None:
    def note(run: FileRun) -> None:
        for step in run.statements:
            times = found.seconds.setdefault(step.statement, {})
            times[size] = min(times.get(size, step.seconds), step.seconds)
        if size == found.rows:
            found.runs[run.file.id] = run

    with bench.copy(size) as url, runner.session(url) as session:
        watch = WorkWatch(session)
        with watching(watch):
            error = _run(session, files, [watch], note)
        if size == found.rows:
            found.work = watch.work
    return error


def _loaded(
    bench: Bench, files: Files, tables: frozenset[str], found: Measured
) -> None:
    """Run the files while other sessions read and write the tables they touch."""

    def note(run: FileRun) -> None:
        found.runs[run.file.id] = run

    with bench.copy(found.rows) as url, runner.session(url) as session:
        watch, load = LockWatch(session), Load(url, tables)
        with watching(watch), load:
            _run(session, files, [watch], note)
        found.locks = watch.taken
        for run in found.runs.values():
            found.waits[run.file.id] = load.waits(run.began, run.ended)


def _run(
    session: Observed,
    files: Files,
    observers: Sequence[LockWatch | WorkWatch | FactWatch],
    note: Callable[[FileRun], None] = lambda _: None,
) -> Failed | None:
    """Run *files* until one fails; *note* is told of each run."""
    for file in files:
        for observer in observers:
            if isinstance(observer, FactWatch):
                observer.file = file
        done = runner.run(session, file, observers)
        note(done)
        if done.error:
            return file, done.error
    return None
