"""A review as the report shows it: words and figures, nothing left to work out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tools.migrate.files import MigrationFile, shown
from tools.migrate.statements import Statement
from tools.review.collect import Review
from tools.review.findings import Finding
from tools.review.locks import Mode, Relation, blocks
from tools.review.runner import FileRun, StatementRun
from tools.review.trace import told
from tools.review.watch import Work

_NOT: Final = "not measured"


@dataclass(frozen=True)
class LockRow:
    """The strongest lock on one table, since when in this file, and what it stops."""

    table: str
    mode: str
    stops: str
    held: str
    severe: bool


@dataclass(frozen=True)
class StatementRow:
    """One statement with all that was measured of it."""

    place: str
    text: str
    taken: Sequence[LockRow]
    still: Sequence[str]
    work: Sequence[str]
    small: str
    full: str
    tenfold: str
    changes: Sequence[str]
    findings: Sequence[Finding]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing that was there before is locked, read or written by it."""
        return not (self.taken or self.work or self.findings)


@dataclass(frozen=True)
class WaitRow:
    """What one kind of traffic on one table waited."""

    table: str
    kind: str
    longest: str
    usual: str
    tries: int
    error: str


@dataclass(frozen=True)
class FileView:
    """One migration."""

    id: str
    path: str
    how: str
    sql: str
    rollback: str
    rollback_path: str
    statements: Sequence[StatementRow]
    quiet: int
    waits: Sequence[WaitRow]
    total: str


def files(review: Review) -> list[FileView]:
    """Give the migrations of *review*."""
    return [_file(review, file) for file in review.change.files]


def seconds(value: float | None) -> str:
    """Write a time with the unit that suits it, two digits that mean something."""
    if value is None:
        return _NOT
    if value < 0.0095:
        return f"{value * 1000:.1f} ms"
    if value < 0.995:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.0f} min"


def _file(review: Review, file: MigrationFile) -> FileView:
    measured = review.measured
    run = measured.runs.get(file.id) if measured else None
    rows = _statements(review, file, run)
    loud = [row for row in rows if not row.is_quiet]
    waits = measured.waits.get(file.id, []) if measured else []
    back = file.rollback_sql
    return FileView(
        file.id,
        shown(file.path),
        _how(file),
        file.sql.strip(),
        back.strip() if back is not None else f"-- irreversible: {file.irreversible}",
        shown(file.rollback_path),
        loud,
        len(rows) - len(loud),
        [
            WaitRow(
                wait.table,
                wait.kind,
                seconds(wait.longest),
                seconds(wait.usual),
                wait.tries,
                str(wait.error or ""),
            )
            for wait in waits
        ],
        seconds(run.ended - run.began) if run else _NOT,
    )


def _how(file: MigrationFile) -> str:
    if file.is_backfill:
        return "a backfill: many short transactions"
    if file.transactional:
        return "one transaction: locks are held to its end"
    return "no transaction around it: each statement has its own, or none"


def _statements(
    review: Review, file: MigrationFile, run: FileRun | None
) -> list[StatementRow]:
    runs = {step.statement: step for step in run.statements} if run else {}
    held: dict[str, Mode] = {}
    rows = []
    for statement in file.statements:
        if not file.transactional:
            held = {}
        rows.append(_statement(review, statement, runs.get(statement), held))
    return rows


def _statement(
    review: Review,
    statement: Statement,
    run: StatementRun | None,
    held: dict[str, Mode],
) -> StatementRow:
    measured, traced = review.measured, review.traced
    still = [f"{table}: {mode.words}" for table, mode in sorted(held.items())]
    taken = _taken(review, statement, run, held)
    work = measured.work.get(statement) if measured else None
    times = measured.seconds.get(statement, {}) if measured else {}
    changes = traced.trace.by_place().get(statement.place, ()) if traced else ()
    return StatementRow(
        statement.place,
        statement.text,
        taken,
        still,
        _work(work) if work else (),
        seconds(times.get(measured.small) if measured else None),
        seconds(times.get(measured.rows) if measured else None),
        seconds(measured.estimate(statement) if measured else None),
        [told(one) for one in changes],
        [finding for finding in review.every if _within(finding, statement)],
    )


def _within(finding: Finding, statement: Statement) -> bool:
    """Tell whether *finding* is about a line of *statement*."""
    place, _, line = finding.where.rpartition(":")
    last = statement.line + statement.text.count("\n")
    return (
        place == statement.where
        and line.isdecimal()
        and statement.line <= int(line) <= last
    )


def _taken(
    review: Review,
    statement: Statement,
    run: StatementRun | None,
    held: dict[str, Mode],
) -> list[LockRow]:
    """Give the strongest lock that the statement took on each table, and note it."""
    locks = review.measured.locks.get(statement, {}) if review.measured else {}
    best: dict[str, tuple[Mode, Relation]] = {}
    for relation, mode in sorted(locks.items()):
        if relation.table not in best or mode > best[relation.table][0]:
            best[relation.table] = mode, relation
    rows = []
    for table, (mode, relation) in sorted(best.items()):
        if mode <= held.get(table, 0):
            continue  # only further indexes of a table that is locked as strongly
        held[table] = mode
        name = f"{table}, by its {relation.part}" if relation.part else table
        rows.append(
            LockRow(
                name,
                mode.words,
                ", ".join(blocks(mode)) or "schema changes only",
                seconds(run.held if run else None),
                bool(set(blocks(mode)) & {"reads", "writes"}),
            )
        )
    return rows


def _work(work: Work) -> list[str]:
    indexes = len(work.rebuilt)
    lines = [f"rewrites {table}" for table in work.rewritten]
    if indexes:
        lines.append(f"rebuilds {indexes} index{'es' if indexes > 1 else ''}")
    lines += [f"empties {table}" for table in work.emptied]
    lines += [f"reads all {n:,} rows of {t}" for t, n in sorted(work.scanned.items())]
    lines += [f"writes {n:,} rows of {t}" for t, n in sorted(work.written.items())]
    return lines
