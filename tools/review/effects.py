"""Findings from what was measured, from the catalogue, and from the history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pglast import ast
from pglast.parser import parse_sql

from tools.catalog import Difference
from tools.migrate.files import MigrationFile, shown
from tools.migrate.statements import Statement
from tools.review.changes import Change
from tools.review.findings import Finding, Severity
from tools.review.locks import Held, Mode, blocks
from tools.review.measure import Measured, Traced
from tools.review.runner import Error

NOTE, LOOK, STOP = Severity.NOTE, Severity.LOOK, Severity.STOP

LONG: Final = 1.0  # seconds that a request should not have to wait
_GONE: Final = frozenset(
    {"42P01", "42703"}
)  # the load's own table or column was dropped


def of_history(change: Change) -> Iterator[Finding]:
    """Give what was done to migrations that others may have applied."""
    for file in change.files:
        if file.id in change.edited:
            text = f"{file.id} is in {change.base} with another text: wherever it was"
            text += " applied, make migrate refuses to go on. Write a new migration."
            yield Finding("edited", STOP, f"{shown(file.path)}:1", text, file.id)
    for id in change.removed:
        text = f"{id} is in {change.base} and gone here: wherever it was applied, make"
        text += " migrate refuses to go on."
        yield Finding("removed", STOP, f"{shown(change.directory / id)}.sql", text)


def failed(error: tuple[MigrationFile, Error], key: str, how: str) -> Finding:
    """Give the finding that a file does not run."""
    file, why = error
    text = f"{how}: {why} ({why.statement})"
    return Finding(key, STOP, why.where, text, file.id)


def of_catalogue(
    found: Sequence[Difference], traced: Traced, static: Sequence[Finding]
) -> Iterator[Finding]:
    """Give keys that no index serves, and columns and tables that are gone.

    Args:
        found: differences between before and after.
        traced: says which statement is behind them.
        static: findings of the rules; what they have said is not said again.
    """
    for one in sorted(traced.unserved, key=lambda u: u.path):
        file, place = traced.trace.of(one.path)
        yield Finding(
            "reference-without-index", STOP, place or one.path, one.text, file
        )
    for difference in found:
        key = _lost(difference)
        file, place = traced.trace.of(difference.key)
        said = any(f.key == key and f.where == place for f in static)
        if key and not said and not _renames(place, traced):
            text = f"{difference.key[:1].upper()}{difference.key[1:]} is gone."
            yield Finding(key, STOP, place or difference.key, text, file)


def of_runs(measured: Measured) -> Iterator[Finding]:
    """Give what the measured runs showed."""
    if measured.error:
        how = f"It fails on tables with {measured.rows:,} rows"
        yield failed(measured.error, "fails-on-rows", how)
        return
    for run in measured.runs.values():
        held: dict[str, Mode] = {}
        for step in run.statements:
            statement = step.statement
            if not run.file.transactional:
                held = {}
            _strengthen(held, measured.locks.get(statement, {}))
            yield from _of_statement(run.file, statement, held, measured)
        if run.error:
            yield failed(
                (run.file, run.error), "fails-under-load", "It fails under load"
            )
        for retry in run.retries:
            text = f"Under load it had to start again: {retry}. Another session waited"
            text += " for it and it for that session."
            yield Finding("deadlock", STOP, retry.where, text, run.file.id)
        yield from _of_load(run.file, measured)


def _of_statement(
    file: MigrationFile, statement: Statement, held: dict[str, Mode], measured: Measured
) -> Iterator[Finding]:
    work = measured.work.get(statement)
    if work is None:
        return
    later = measured.estimate(statement)
    time = f"about {later:.1f} s" if later is not None else "longer"
    more = f"{time} on {10 * measured.rows:,} rows"
    for table in work.rewritten:
        waits = _waits(held.get(table))
        text = f"{table} is rewritten as a whole: {more}. Meanwhile wait: {waits}."
        yield Finding("table-rewrite", STOP, statement.place, text, file.id)
    for table in work.scanned:
        mode = held.get(table)
        if mode and table not in work.rewritten and mode >= Mode.SHARE:
            text = f"All rows of {table} are read under {mode.words}: {more}. Meanwhile"
            text += f" wait: {_waits(mode)}."
            yield Finding("scan-under-lock", LOOK, statement.place, text, file.id)


def _of_load(file: MigrationFile, measured: Measured) -> Iterator[Finding]:
    where = f"{shown(file.path)}:1"
    run = measured.runs[file.id]
    for wait in measured.waits.get(file.id, []):
        # Nobody waits longer for a file than it runs: what did was the machine's.
        if min(wait.longest, run.ended - run.began) >= LONG:
            text = f"{wait.kind.capitalize()} of {wait.table} waited up to"
            text += f" {wait.longest:.1f} s."
            yield Finding("long-wait", LOOK, where, text, file.id)
        if wait.error and wait.error.sqlstate not in _GONE:
            severity = STOP if wait.error.sqlstate == "40P01" else LOOK
            key = "deadlock" if severity == STOP else "load-error"
            text = f"{wait.kind.capitalize()} of {wait.table} failed: {wait.error}."
            yield Finding(key, severity, where, text, file.id)


def _strengthen(held: dict[str, Mode], taken: Held) -> None:
    for relation, mode in taken.items():
        held[relation.table] = max(mode, held.get(relation.table, mode))


def _waits(mode: Mode | None) -> str:
    return ", ".join(blocks(mode)) if mode and blocks(mode) else "schema changes only"


def _lost(difference: Difference) -> str:
    """Give the key for a column or table that is not there any more, else nothing."""
    if difference.actual is not None or not difference.is_thing:
        return ""
    if not difference.part and difference.object.startswith("table "):
        return "drop-table"
    own = difference.part.startswith("column ") and ": " not in difference.part
    return "drop-column" if own and difference.object.startswith("table ") else ""


def _renames(place: str, traced: Traced) -> bool:
    """Tell whether the statement at *place* renames: squawk speaks of that."""
    statement = traced.trace.statement(place)
    if statement is None:
        return False
    return isinstance(parse_sql(statement.text)[0].stmt, ast.RenameStmt)
