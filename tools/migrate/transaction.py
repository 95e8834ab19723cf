"""A file, or one of its statements, in one transaction: with its mark, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import psycopg

from tools.console import Failure
from tools.migrate import header, ledger, wire
from tools.migrate.failures import StatementError
from tools.migrate.files import MigrationFile
from tools.migrate.message import Message
from tools.migrate.session import CLEAN, Session
from tools.migrate.statements import Statement
from tools.postgres import locks

OWN_ROLE = "set local role none"


def run(session: Session, file: MigrationFile, *, forward: bool) -> None:
    """Apply *file*, or take it back.

    Locks that it does not get in time make it give way and start again.

    Raises:
        Failure: locked out for too long.
        StatementError: a statement failed; nothing of the file stayed.
    """
    record = ledger.applied(file) if forward else ledger.taken_back(file)
    body = file.sql if forward else file.rollback_sql or ""
    statements = file.statements if forward else file.rollback_statements
    deliver(session, _message(session, file, body, statements, record))


def step(
    session: Session, file: MigrationFile, statement: Statement, number: int
) -> None:
    """Run one *statement* of a non-transactional file in a transaction of its own.

    Args:
        session: that migrates.
        file: that it belongs to.
        statement: to run.
        number: how many statements are done with it, written in the same transaction.

    Raises:
        Failure: locked out for too long.
        StatementError: it failed.
    """
    record = ledger.counted(file, number)
    line, text = statement.line, statement.text
    deliver(session, _message(session, file, text, [statement], record, line))


def deliver(session: Session, message: Message) -> None:
    """Send *message*, again where it was only locked out.

    Raises:
        Failure: locked out for too long.
        StatementError: a statement failed; nothing of it stayed.
    """
    attempt: Callable[[], None] = lambda: _attempt(session, message)  # noqa: E731
    locks.retried(attempt, message.file.id, session.options.retry_for, session.report)


def _message(
    session: Session,
    file: MigrationFile,
    body: str,
    statements: Sequence[Statement],
    record: str,
    first_line: int = 1,
) -> Message:
    tail = (OWN_ROLE, record, "commit", *CLEAN)
    return Message(file, session.head(file), body, statements, tail, first_line)


def _attempt(session: Session, message: Message) -> None:
    """Send *message*; whatever is not committed is rolled back.

    lock_timeout counts each wait for itself: a file that got its first table and queues
    for its second would stop the traffic on both for twice the limit. So the watch
    counts all of them together, and cancels what is over.
    """
    limit = _own_limit(message.statements) or session.lock_limit(message.file)
    session.watch.begin(limit, message.file.id)
    try:
        session.deliver(message)
    except wire.Stopped as stopped:
        session.watch.end()
        session.clean()
        raise _named(session, message, stopped) from stopped.error
    except KeyboardInterrupt:
        session.clean()
        raise
    finally:
        session.watch.end()


def _own_limit(statements: Sequence[Statement]) -> int | None:
    """Return what the file's own `set local lock_timeout` says, in milliseconds."""
    for statement in statements:
        node = statement.node
        if statement.kind == "VariableSetStmt" and node.get("name") == "lock_timeout":
            value = node["args"][0]["A_Const"] if node.get("args") else {}
            text = value.get("sval", {}).get("sval", value.get("ival", {}).get("ival"))
            return header.milliseconds(str(text or 0), statement.place)
    return None


def _named(session: Session, message: Message, stopped: wire.Stopped) -> Exception:
    """Return what the end of *message* means to the run."""
    error = stopped.error
    timeout = isinstance(error, psycopg.errors.LockNotAvailable)
    cancelled = isinstance(error, psycopg.errors.QueryCanceled)
    if timeout or (cancelled and session.watch.cancelled):
        return locks.LockedOut(session.watch.blockers)
    if locks.passing(error):
        return error
    if failed := message.failed(stopped):
        return StatementError(*failed, error)
    if stopped.done < len(message.head) and error.sqlstate:
        file = message.file
        return Failure(
            f"{file.id}: {error.diag.message_primary} ({error.sqlstate})",
            where=file.header.place("role"),
            next="correct the leading comments; nothing was done",
        )
    return error
