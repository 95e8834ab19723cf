"""yoyo's PostgreSQL backend, with one connection and one transaction per migration.

yoyo runs a migration on a second connection, commits it, then writes its log and its
mark separately: a crash in between leaves a table that no record explains. Here the
mark and the log are written inside the migration's own transaction. yoyo's lock is a
row that outlives a killed process; here an advisory lock ends with the session.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import parse_uri
from yoyo.migrations import Migration as YoyoMigration
from yoyo.migrations import default_migration_table

from tools.migrate import locks, marks, record
from tools.migrate.files import MigrationFile
from tools.migrate.options import Options
from tools.migrate.record import SCHEMA
from tools.migrate.report import Reporter
from tools.migrate.watch import Watch
from tools.target import libpq_url

# Never waits behind a dead client, never silently filters the rows of a data change.
_SESSION: Final = (
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
    *_SESSION,
)


class Migration(YoyoMigration):  # type: ignore[misc]
    """yoyo's idea of a migration, for a file that this project has already read.

    Its text is divided by PostgreSQL's parser, not by sqlparse.
    """

    def __init__(self, file: MigrationFile) -> None:
        super().__init__(file.id, str(file.path), str(file.path.parent))
        self.file = file
        self.use_transactions = file.transactional


class Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """One session that applies migrations and keeps yoyo's tables.

    Args:
        url: libpq or SQLAlchemy URL of the database.
        options: limits.
        report: where waits and times are told.
    """

    def __init__(self, url: str, options: Options, report: Reporter) -> None:
        self.url = libpq_url(url)
        self.options, self.report = options, report
        super().__init__(parse_uri(self.url), default_migration_table)
        self.watch = Watch(self.url, self.connection.info.backend_pid, report)

    def connect(self, dburi: object) -> psycopg.Connection[Any]:
        """Open the one connection, by the URL as libpq understands it."""
        return psycopg.connect(
            self.url,
            autocommit=True,
            client_encoding="utf8",
            prepare_threshold=None,
            application_name=f"todo-db migrate ({os.getpid()})",
        )

    def init_connection(self, connection: psycopg.Connection[Any]) -> None:
        """Give the session its settings; search_path stays the database's own."""
        connection.execute("; ".join(_SESSION).encode())

    @property
    def migration_table_quoted(self) -> str:
        """yoyo's table of marks, qualified: search_path is the migration's."""
        return f"{SCHEMA}.{self.migration_table}"

    @property
    def log_table_quoted(self) -> str:
        """yoyo's log, qualified."""
        return f"{SCHEMA}.{self.log_table}"

    @property
    def version_table_quoted(self) -> str:
        """yoyo's version of its own tables, qualified."""
        return f"{SCHEMA}.{self.version_table}"

    def copy(self) -> Backend:
        """Return this backend: there is one connection for everything."""
        return self

    def __exit__(self, *_: object) -> None:
        self.watch.close()
        self.connection.close()

    def apply_one(
        self, migration: Migration, force: bool = False, mark: bool = True
    ) -> None:
        """Apply one file and record it, as its header says that it is to be run."""
        self._process(migration.file, forward=True)

    def rollback_one(self, migration: Migration, force: bool = False) -> None:
        """Take one file back and forget it."""
        self._process(migration.file, forward=False)

    def _process(self, file: MigrationFile, *, forward: bool) -> None:
        from tools.migrate import backfill, resume, transaction

        if file.is_backfill and forward:
            seconds = backfill.run(self, file)
        elif file.transactional or file.is_backfill:
            seconds = transaction.run(self, file, forward=forward)
        else:
            seconds = resume.run(self, file, forward=forward)
        self.report.done(file.id if forward else f"{file.id} taken back", seconds)

    @contextmanager
    def lock(self, timeout: float | None = None) -> Iterator[None]:
        """Hold the session's advisory lock; wait at most *timeout* seconds for it."""
        limit = self.options.wait / 1000 if timeout is None else timeout
        locks.acquire(self.connection, limit, self.report)
        try:
            yield
        finally:
            locks.release(self.connection)

    _internal_schema_updated: bool

    def ensure_internal_schema_updated(self) -> None:
        """Make the bookkeeping where it is missing, in one transaction.

        Raises:
            Failure: the database belongs to something else.
        """
        if self._internal_schema_updated or record.exists(self.connection):
            self._internal_schema_updated = True
            return
        record.refuse_foreign(self.connection, beside=self.options.beside)
        with self.connection.transaction():
            record.create(self.connection)
        self._internal_schema_updated = True

    def get_log_data(
        self, migration: YoyoMigration | None = None, operation: str = "apply"
    ) -> dict[str, Any]:
        """Return a row of yoyo's log."""
        return marks.log_row(migration.id if migration else None, operation)

    @contextmanager
    def migration_transaction(self, file: MigrationFile) -> Iterator[int]:
        """Open the transaction of *file* under its limits; COMMIT is the caller's.

        Yields the limit of waiting for locks, in milliseconds. What is not committed
        at the end of the block is rolled back, and the session is as it was before.
        """
        limit = self.lock_limit(file)
        head = ("begin", *self.limits(file, limit))
        self.connection.execute("; ".join(head).encode())
        try:
            yield limit
        finally:
            self.clean()

    def lock_limit(self, file: MigrationFile) -> int:
        """Return how long one attempt at *file* may wait for locks, in ms."""
        own = file.lock_timeout
        return self.options.lock_timeout if own is None else own

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
            lines = ("rollback", *CLEAN) if open else CLEAN
            self.connection.execute("; ".join(lines).encode())
