"""The one session of a run: what is sent through it, and what it is set back to.

Everything that changes something goes through it, message by message. Whoever looks on
(`make review`) or only wants to see it (`--dry-run`) has a subclass that sends
otherwise; what is sent, and in which order, is decided in one place for all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from tools.console.reporter import Reporter
from tools.migrate import ledger, neighbours, wire
from tools.migrate.migration import MigrationFile
from tools.migrate.options import Options
from tools.migrate.watch import Watch
from tools.postgres import locks
from tools.postgres.target import libpq_url

if TYPE_CHECKING:
    from tools.migrate.message import Message
    from tools.migrate.statements import Statement

# Never waits behind a dead client, never silently filters the rows of a data change.
SETTINGS: Final = (
    "reset all",
    "set client_connection_check_interval = '2s'",
    "set row_security = off",
    "set client_min_messages = warning",
    "set idle_in_transaction_session_timeout = 0",
)
CLEAN: Final = (
    "set session authorization default",
    "deallocate all",
    "discard temp",
    *SETTINGS,
)


class Session:
    """A connection that migrates, its limits and its watch.

    Args:
        url: of the database, as libpq or SQLAlchemy write it.
        options: limits.
        report: where waits and times are told.

    Attributes:
        dry: whether nothing is sent; then the database does not follow.
    """

    dry = False

    def __init__(self, url: str, options: Options, report: Reporter) -> None:
        self.url = libpq_url(url)
        self.options, self.report = options, report
        self.connection: psycopg.Connection[Any] = psycopg.connect(
            self.url,
            autocommit=True,
            client_encoding="utf8",
            prepare_threshold=None,
            application_name=f"todo-db migrate ({os.getpid()})",
        )
        self.connection.execute("; ".join(SETTINGS).encode())
        self.watch = Watch(self.url, self.connection.info.backend_pid, report)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the watch and the connection."""
        self.watch.close()
        self.connection.close()

    def send(self, text: str) -> None:
        """Send the statements of *text* as one message.

        Raises:
            wire.Stopped: one of them failed.
        """
        wire.send(self.connection, text)

    def deliver(self, message: Message) -> None:
        """Send a transaction with statements of a file.

        Raises:
            wire.Stopped: one of its statements failed.
        """
        self.send(message.text)

    def alone(self, statement: Statement, text: str) -> None:
        """Send *text*, which does what *statement* says, outside of a transaction.

        Raises:
            psycopg.Error: it failed.
        """
        self.execute(text)

    def execute(self, text: str) -> None:
        """Send *text* as one message.

        Raises:
            psycopg.Error: one of its statements failed.
        """
        try:
            self.send(text)
        except wire.Stopped as stopped:
            raise stopped.error from None

    def write(self, *statements: str) -> None:
        """Send statements of the ledger as one transaction.

        Raises:
            psycopg.Error: one of them failed; none of them counts.
        """
        try:
            self.execute(";\n".join(("begin", *statements, "commit")))
        except psycopg.Error:
            self.clean()
            raise

    def change(self, text: str) -> int:
        """Send one statement inside of the open transaction; return its rows.

        Raises:
            psycopg.Error: it failed.
        """
        return max(self.connection.execute(text.encode()).rowcount, 0)

    @contextmanager
    def lock(self, seconds: float | None = None) -> Iterator[None]:
        """Hold the lock of migration runs; wait at most *seconds* for it."""
        limit = self.options.wait / 1000 if seconds is None else seconds
        locks.acquire(self.connection, limit, self.report)
        try:
            yield
        finally:
            locks.release(self.connection)

    def prepare(self) -> None:
        """Make the bookkeeping where it is missing, in one transaction.

        Raises:
            Failure: the database belongs to something else.
        """
        if ledger.exists(self.connection):
            return
        neighbours.refuse(self.connection, beside=self.options.beside)
        try:
            self.write(ledger.bookkeeping().rstrip(";"))
        except psycopg.DatabaseError as error:
            raise ledger.login_may_not(self.connection, error) from error

    def lock_limit(self, file: MigrationFile) -> int:
        """Return how long one attempt at *file* may wait for locks, in ms."""
        own = file.lock_timeout
        return self.options.lock_timeout if own is None else own

    def head(self, file: MigrationFile) -> Sequence[str]:
        """Return the beginning of a transaction of *file*."""
        return "begin", *self.limits(file, self.lock_limit(file))

    def limits(
        self, file: MigrationFile, lock_timeout: int, scope: str = "local"
    ) -> list[str]:
        """Return the SET statements that *file* asks for.

        Args:
            file: whose directives count before the options.
            lock_timeout: in milliseconds.
            scope: `local`, or `session` for a file outside of a transaction.
        """
        statement = file.statement_timeout
        if statement is None:
            statement = self.options.statement_timeout
        lines = [
            f"set {scope} lock_timeout = {lock_timeout}",
            f"set {scope} statement_timeout = {statement}",
        ]
        role = file.header.value("role")
        if role:
            quoted = sql.Identifier(role).as_string(self.connection)
            lines.append(f"set {scope} role {quoted}")
        return lines

    def clean(self) -> None:
        """Roll back what is open, and take back what was set in the session."""
        if not self.connection.closed:
            open = self.connection.info.transaction_status != TransactionStatus.IDLE
            self.execute("; ".join(("rollback", *CLEAN) if open else CLEAN))
