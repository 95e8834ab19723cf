"""Runs migrations one statement at a time, as `make migrate` does, and lets look on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import psycopg

from tools.console import Failure
from tools.console.reporter import Reporter
from tools.migrate import execute, wire
from tools.migrate.failures import StatementError
from tools.migrate.files import MigrationFile
from tools.migrate.message import Message
from tools.migrate.options import Options
from tools.migrate.session import Session
from tools.migrate.statements import Statement
from tools.postgres.locks import LockedOut
from tools.postgres.target import check_target

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


class Observed(Session):
    """A session that sends a file statement by statement, so that others can look.

    Attributes:
        result: of the file that runs.
        observers: look on.
    """

    result: FileRun
    observers: Sequence[Observer] = ()

    def deliver(self, message: Message) -> None:
        """Send a transaction in pieces; note a lock that was not to be had.

        Raises:
            wire.Stopped: one of its statements failed.
        """
        kept = len(self.result.statements)
        done = 0
        try:
            for line in message.head:
                self.connection.execute(line.encode())
                done += 1
            for statement in message.statements:
                self._observe(statement, statement.text, alone=False)
                done += 1
            self._commit(message.tail, kept)
        except psycopg.Error as error:
            if self._again(error):
                self.result.retries.append(_error(self.result, error))
                if len(self.result.retries) >= ATTEMPTS:
                    self.clean()
                    raise Exhausted from error
                del self.result.statements[kept:]
            raise wire.Stopped(done, error) from error

    def alone(self, statement: Statement, text: str) -> None:
        """Send a statement that has no transaction, or what finishes it."""
        self._observe(statement, text, alone=True)

    def _observe(self, statement: Statement, text: str, *, alone: bool) -> None:
        for observer in self.observers:
            observer.before(statement, alone=alone)
        began = time.perf_counter()
        run = StatementRun(statement, began, began)
        self.result.statements.append(run)
        try:
            self.connection.execute(text.encode())
        finally:
            run.done = run.ended = time.perf_counter()
            if alone:  # whatever it started has to be ended, even after an error
                self._after(statement, alone=True)
        if not alone:
            self._after(statement, alone=False)

    def _after(self, statement: Statement, *, alone: bool) -> None:
        for observer in self.observers:
            observer.after(statement, alone=alone)

    def _commit(self, tail: Sequence[str], kept: int) -> None:
        """Record the file and commit; that is when a transaction's locks are free."""
        end = tail.index("commit") + 1
        began = time.perf_counter()
        with self.connection.pipeline():
            for line in tail[:end]:
                self.connection.execute(line.encode())
        ended = time.perf_counter()
        self.result.commit = ended - began
        for statement in self.result.statements[kept:]:
            statement.ended = ended
        self.execute("; ".join(tail[end:]))

    def _again(self, error: psycopg.Error) -> bool:
        cancelled = isinstance(error, psycopg.errors.QueryCanceled)
        return isinstance(error, _AGAIN) or (cancelled and self.watch.cancelled)


class Exhausted(Exception):
    """A file did not get its locks in as many attempts as it has."""


@contextmanager
def session(url: str) -> Iterator[Observed]:
    """Open the session that migrates the database at *url*."""
    check_target(url)
    with Observed(url, Options(), Reporter(quiet=True)) as opened:
        opened.prepare()
        yield opened


def run(
    session: Observed, file: MigrationFile, observers: Sequence[Observer] = ()
) -> FileRun:
    """Run one file forward; an error ends it and is part of the result.

    A deadlock or a lock that is not to be had in time starts it again, as
    `make migrate` does, at most `ATTEMPTS` times.
    """
    result = FileRun(file, began=time.perf_counter())
    session.result, session.observers = result, observers
    try:
        if file.is_backfill:
            _backfill(session, file, observers)
        else:
            execute.run(session, file, forward=True)
    except Exhausted:
        result.error = result.retries.pop()
    except (psycopg.Error, Failure, StatementError, LockedOut) as error:
        result.error = _error(result, error)
    result.ended = time.perf_counter()
    return result


def _backfill(
    session: Observed, file: MigrationFile, observers: Sequence[Observer]
) -> None:
    """Run a backfill as one statement: its batches are transactions of their own."""
    statement = file.statements[0]
    for observer in observers:
        observer.before(statement, alone=True)
    began = time.perf_counter()
    try:
        execute.run(session, file, forward=True)
    finally:
        done = time.perf_counter()
        session.result.statements.append(StatementRun(statement, began, done, done))
        for observer in observers:
            observer.after(statement, alone=True)


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
