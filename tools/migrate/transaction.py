"""One file in one transaction: all of it with its mark, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
from psycopg import Cursor

from tools.migrate import header, locks, marks
from tools.migrate.backend import Backend
from tools.migrate.failures import StatementError
from tools.migrate.files import MigrationFile
from tools.migrate.statements import Statement


def run(backend: Backend, file: MigrationFile, *, forward: bool) -> float:
    """Apply *file*, or take it back, and return the seconds that it took.

    Locks that it does not get in time make it give way and start again.

    Raises:
        Failure: locked out for too long.
        StatementError: a statement failed; nothing of the file stayed.
    """
    statements = file.statements if forward else file.rollback_statements
    started = time.perf_counter()

    def attempt() -> None:
        with backend.migration_transaction(file) as limit:
            end = partial(marks.send_end, backend, file, forward=forward)
            _execute(backend, statements, limit, end)

    _retried(backend, file, attempt)
    return time.perf_counter() - started


def step(
    backend: Backend, file: MigrationFile, statement: Statement, number: int | None
) -> None:
    """Run one *statement* of a non-transactional file in a transaction of its own.

    Args:
        backend: with the connection.
        file: that it belongs to.
        statement: to run.
        number: how many statements are done with it, written in the same transaction;
            None where that is not counted.

    Raises:
        Failure: locked out for too long.
        StatementError: it failed.
    """

    def attempt() -> None:
        with backend.migration_transaction(file) as limit:
            end = partial(marks.send_count, backend, file, number)
            _execute(backend, [statement], limit, end)

    _retried(backend, file, attempt)


def _retried(
    backend: Backend, file: MigrationFile, attempt: Callable[[], None]
) -> None:
    locks.retried(attempt, file.id, backend.options.retry_for, backend.report)


def _execute(
    backend: Backend,
    statements: Sequence[Statement],
    limit: int,
    send_end: Callable[[], None],
) -> None:
    """Send *statements* and the end of their transaction, then see what each did.

    All of it goes out at once: over a network, a round trip for each statement would
    take longer than the statements. After an error the server skips what follows.

    lock_timeout counts each wait for itself: a file that got its first table and queues
    for its second would stop the traffic on both for twice the limit. So the watch
    counts all of them together, and cancels what is over.
    """
    cursors: list[Cursor[Any]] = []
    backend.watch.begin(_own_limit(statements) or limit)
    try:
        with backend.pipeline():
            for statement in statements:
                cursors.append(backend.connection.execute(statement.text.encode()))
            send_end()
    except psycopg.Error as error:
        done = sum(cursor.statusmessage is not None for cursor in cursors)
        raise _named(backend, statements[done : done + 1], error) from error
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
    backend: Backend, failed: Sequence[Statement], error: psycopg.Error
) -> Exception:
    """Return what *error* means to the run.

    Args:
        backend: with the watch.
        failed: the statement, or nothing where it was the record or COMMIT.
        error: as the server gave it.
    """
    timeout = isinstance(error, psycopg.errors.LockNotAvailable)
    cancelled = isinstance(error, psycopg.errors.QueryCanceled)
    if timeout or (cancelled and backend.watch.cancelled):
        return locks.LockedOut(backend.watch.blockers)
    if locks.passing(error) or not failed:
        return error
    return StatementError(failed[0], error)
