"""Runs migrations one statement at a time, as `make migrate` does, and lets look on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import psycopg

from tools.console import Failure
from tools.migrate import marks
from tools.migrate.backend import Backend, Migration
from tools.migrate.failures import StatementError
from tools.migrate.files import MigrationFile
from tools.migrate.locks import LockedOut
from tools.migrate.options import Options
from tools.migrate.report import Reporter
from tools.migrate.statements import Statement
from tools.migrate.target import opened

ATTEMPTS: Final = 5
_AGAIN: Final = (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable)


class Observer(Protocol):
    """Looks at the migrating session around each statement."""

    def before(self, statement: Statement, *, alone: bool) -> None:
        """Get ready; *alone* means that it runs outside of a transaction."""

    def after(self, statement: Statement, *, alone: bool) -> None:
        """Look; in a transaction the statement's locks are all still held."""


@dataclass(frozen=True)
class Error:
    """Why a file failed: the place, the statement on one line, the server's words."""

    where: str
    statement: str
    sqlstate: str
    message: str

    def __str__(self) -> str:
        code = f"{self.sqlstate} " if self.sqlstate else ""
        return f"{code}{self.message}"


@dataclass
class StatementRun:
    """When a statement began, was done, and its transaction ended, in seconds."""

    statement: Statement
    began: float
    done: float
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it ran."""
        return self.done - self.began

    @property
    def held(self) -> float:
        """How long locks that it took were held: to the end of the transaction."""
        return self.ended - self.began


@dataclass
class FileRun:
    """One file's course.

    Attributes:
        file: what ran.
        statements: in order; up to the one that failed.
        commit: seconds of COMMIT, deferred checks included.
        began: when it began, as `time.perf_counter` has it.
        ended: when its last transaction ended.
        error: why it failed, or None.
        retries: deadlocks and timeouts after which it was started again.
    """

    file: MigrationFile
    statements: list[StatementRun] = field(default_factory=list)
    commit: float = 0.0
    began: float = 0.0
    ended: float = 0.0
    error: Error | None = None
    retries: list[Error] = field(default_factory=list)


@contextmanager
def session(url: str) -> Iterator[Backend]:
    """Open the session that migrates the database at *url*."""
    with opened(url, Options(), Reporter(quiet=True)) as backend:
        backend.ensure_internal_schema_updated()
        yield backend


def run(
    backend: Backend, file: MigrationFile, observers: Sequence[Observer] = ()
) -> FileRun:
    """Run one file forward; an error ends it and is part of the result.

    A deadlock or a lock that is not to be had in time starts it again, as
    `make migrate` does, at most `ATTEMPTS` times.
    """
    retries: list[Error] = []
    began = time.perf_counter()
    while True:
        result = FileRun(file, retries=retries, began=began)
        again = _attempt(backend, result, observers)
        result.ended = time.perf_counter()
        if again is None or len(retries) >= ATTEMPTS - 1:
            result.error = result.error or again
            return result
        retries.append(again)


def _attempt(
    backend: Backend, result: FileRun, observers: Sequence[Observer]
) -> Error | None:
    """Run the file once; give the error after which it is worth another attempt."""
    file = result.file
    try:
        if file.is_backfill:
            _backfill(backend, result, observers)
        elif file.transactional:
            with backend.migration_transaction(file):
                for statement in file.statements:
                    _execute(backend, result, statement, observers)
                _finish(backend, result)
        else:
            _steps(backend, result, observers)
    except (psycopg.Error, Failure, StatementError, LockedOut) as error:
        if file.transactional and isinstance(error, _AGAIN):
            return _error(result, error)
        result.error = _error(result, error)
    return None


def _steps(backend: Backend, result: FileRun, observers: Sequence[Observer]) -> None:
    """Run a file whose statements have a transaction each, or none."""
    file = result.file
    for statement in file.statements:
        if statement.alone:
            limits = backend.limits(file, backend.lock_limit(file), "session")
            for text in limits:
                backend.connection.execute(text.encode())
            _execute(backend, result, statement, observers, alone=True)
            backend.clean()
        else:
            with backend.migration_transaction(file):
                _execute(backend, result, statement, observers)
                backend.connection.execute("commit")
        result.statements[-1].ended = time.perf_counter()
    with backend.migration_transaction(file):
        _finish(backend, result)


def _backfill(backend: Backend, result: FileRun, observers: Sequence[Observer]) -> None:
    """Run a backfill as one statement: its batches are transactions of their own."""
    statement = result.file.statements[0]
    for observer in observers:
        observer.before(statement, alone=True)
    began = time.perf_counter()
    try:
        backend.apply_one(Migration(result.file))
    finally:
        done = time.perf_counter()
        result.statements.append(StatementRun(statement, began, done, done))
        for observer in observers:
            observer.after(statement, alone=True)


def _execute(
    backend: Backend,
    result: FileRun,
    statement: Statement,
    observers: Sequence[Observer],
    *,
    alone: bool = False,
) -> None:
    for observer in observers:
        observer.before(statement, alone=alone)
    began = time.perf_counter()
    run = StatementRun(statement, began, began)
    result.statements.append(run)
    try:
        backend.connection.execute(statement.text.encode())
    finally:
        run.done = run.ended = time.perf_counter()
        if alone:  # whatever it started has to be ended, even after an error
            _after(observers, statement, alone=True)
    if not alone:
        _after(observers, statement, alone=False)


def _after(observers: Sequence[Observer], statement: Statement, *, alone: bool) -> None:
    for observer in observers:
        observer.after(statement, alone=alone)


def _finish(backend: Backend, result: FileRun) -> None:
    """Record the file and commit; that is when a transaction's locks are released."""
    began = time.perf_counter()
    if result.file.transactional:
        with backend.connection.pipeline():
            for text in marks.end(backend, result.file, forward=True):
                backend.connection.execute(text.encode())
    else:
        marks.finish(backend, result.file, forward=True)
    ended = time.perf_counter()
    result.commit = ended - began
    if result.file.transactional:
        for statement in result.statements:
            statement.ended = ended


def _error(result: FileRun, error: Exception) -> Error:
    last = result.statements[-1].statement if result.statements else None
    cause = error.error if isinstance(error, StatementError) else error
    what = cause.what if isinstance(cause, Failure) else str(cause)
    state = getattr(cause, "sqlstate", None) or ""
    return Error(
        last.place if last else str(result.file.path),
        last.quoted if last else result.file.id,
        state,
        what.splitlines()[0] if what else type(cause).__name__,
    )
