"""One file in one transaction: all of it with its mark, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg

from tools.console import Failure
from tools.migrate import header, locks, marks, wire
from tools.migrate.backend import CLEAN, Backend
from tools.migrate.failures import StatementError
from tools.migrate.files import MigrationFile
from tools.migrate.statements import Statement


@dataclass(frozen=True)
class Message:
    """A transaction as it is sent.

    Args:
        head: BEGIN and the limits.
        body: the text of *statements*, as it stands in the file.
        tail: what is written down about them, COMMIT, and the session made clean.
        first_line: of *body* in its file.
    """

    head: Sequence[str]
    body: str
    statements: Sequence[Statement]
    tail: Sequence[str]
    first_line: int = 1

    @property
    def text(self) -> str:
        """The whole message."""
        return "".join((self._start, self.body, *(f"\n;{end}" for end in self.tail)))

    @property
    def _start(self) -> str:
        return "".join(f"{line};\n" for line in self.head)

    def failed(self, stopped: wire.Stopped) -> tuple[Statement, int] | None:
        """Return the statement that failed and the line, None if it was not one."""
        number = stopped.done - len(self.head)
        if not 0 <= number < len(self.statements):
            return None
        statement = self.statements[number]
        position = stopped.error.diag.statement_position
        if position is None:
            return statement, statement.line
        before = self.body[: int(position) - 1 - len(self._start)]
        return statement, self.first_line + before.count("\n")


def run(backend: Backend, file: MigrationFile, *, forward: bool) -> float:
    """Apply *file*, or take it back, and return the seconds that it took.

    Locks that it does not get in time make it give way and start again.

    Raises:
        Failure: locked out for too long.
        StatementError: a statement failed; nothing of the file stayed.
    """
    message = whole(backend, file, forward=forward)
    started = time.perf_counter()
    _retried(backend, file, message)
    return time.perf_counter() - started


def whole(backend: Backend, file: MigrationFile, *, forward: bool) -> Message:
    """Return the transaction of a whole *file*."""
    return Message(
        ("begin", *backend.limits(file, backend.lock_limit(file))),
        file.sql if forward else file.rollback_sql or "",
        file.statements if forward else file.rollback_statements,
        (*marks.end(backend, file, forward=forward), *CLEAN),
    )


def step(
    backend: Backend, file: MigrationFile, statement: Statement, number: int
) -> None:
    """Run one *statement* of a non-transactional file in a transaction of its own.

    Args:
        backend: with the connection.
        file: that it belongs to.
        statement: to run.
        number: how many statements are done with it, written in the same transaction.

    Raises:
        Failure: locked out for too long.
        StatementError: it failed.
    """
    head = ("begin", *backend.limits(file, backend.lock_limit(file)))
    tail = (*marks.count(backend, file, number), *CLEAN)
    message = Message(head, statement.text, [statement], tail, statement.line)
    _retried(backend, file, message)


def _retried(backend: Backend, file: MigrationFile, message: Message) -> None:
    attempt: Callable[[], None] = lambda: _attempt(backend, file, message)  # noqa: E731
    locks.retried(attempt, file.id, backend.options.retry_for, backend.report)


def _attempt(backend: Backend, file: MigrationFile, message: Message) -> None:
    """Send *message*; whatever is not committed is rolled back.

    lock_timeout counts each wait for itself: a file that got its first table and queues
    for its second would stop the traffic on both for twice the limit. So the watch
    counts all of them together, and cancels what is over.
    """
    limit = _own_limit(message.statements) or backend.lock_limit(file)
    backend.watch.begin(limit, file.id)
    try:
        wire.send(backend.connection, message.text)
    except wire.Stopped as stopped:
        backend.watch.end()
        backend.clean()
        raise _named(backend, file, message, stopped) from stopped.error
    except KeyboardInterrupt:
        backend.clean()
        raise
    finally:
        backend.watch.end()


def _own_limit(statements: Sequence[Statement]) -> int | None:
    """Return what the file's own `set local lock_timeout` says, in milliseconds."""
    for statement in statements:
        node = statement.node
        if statement.kind == "VariableSetStmt" and node.get("name") == "lock_timeout":
            value = node["args"][0]["A_Const"] if node.get("args") else {}
            text = value.get("sval", {}).get("sval", value.get("ival", {}).get("ival"))
            return header.milliseconds(str(text or 0), statement.place)
    return None


def _named(
    backend: Backend, file: MigrationFile, message: Message, stopped: wire.Stopped
) -> Exception:
    """Return what the end of *message* means to the run."""
    error = stopped.error
    timeout = isinstance(error, psycopg.errors.LockNotAvailable)
    cancelled = isinstance(error, psycopg.errors.QueryCanceled)
    if timeout or (cancelled and backend.watch.cancelled):
        return locks.LockedOut(backend.watch.blockers)
    if locks.passing(error):
        return error
    if failed := message.failed(stopped):
        return StatementError(*failed, error)
    if stopped.done < len(message.head) and error.sqlstate:
        return Failure(
            f"{file.id}: {error.diag.message_primary} ({error.sqlstate})",
            where=file.header.place("role"),
            next="correct the leading comments; nothing was done",
        )
    return error
