"""The synchronous connection and its cursors.

It is `wire_async` without `async` and `await`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg

from .wire import COMMIT, INTERVAL, POSITION, CommitLost, Door, door_of, put


class Cursor(psycopg.Cursor[Any]):
    """A cursor that sends what opens the transaction before its own statement."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Run *query*; without parameters too it goes as one single statement.

        The simple protocol, which psycopg chooses when there are no parameters, would
        let an injected `;` add a statement, a COMMIT included.
        """
        opening = door_of(self).take_opening()
        if params and not opening:
            return super().execute(query, params, **options)
        with self.connection.pipeline() as pipeline:
            put(opening, pipeline)
            return super().execute(query, params, **options)

    def executemany(
        self, query: Any, params_seq: Iterable[Any], *, returning: bool = False
    ) -> None:
        """Run *query* once for each of *params_seq*, in one pipeline."""
        opening = door_of(self).take_opening()
        with self.connection.pipeline() as pipeline:
            put(opening, pipeline)
            super().executemany(query, params_seq, returning=returning)

    @contextmanager
    def copy(
        self, statement: Any, params: Any = None, **options: Any
    ) -> Iterator[psycopg.Copy]:
        """Begin a COPY; it cannot travel in a pipeline, so the opening goes first."""
        _open(self)
        with super().copy(statement, params, **options) as copy:
            yield copy

    def stream(self, query: Any, params: Any = None, **options: Any) -> Iterator[Any]:
        """Give the rows of *query* as they come; the opening goes first."""
        _open(self)
        for row in super().stream(query, params, **options):  # noqa: UP028 - as there
            yield row


class ServerCursor(psycopg.ServerCursor[Any]):
    """A cursor of the server; it ends with the transaction."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Declare the cursor; the opening goes first."""
        if self.withhold:
            raise psycopg.NotSupportedError("WITH HOLD would outlive the identity")
        _open(self)
        return super().execute(query, params, **options)


class Connection(Door, psycopg.Connection[Any]):
    """A connection whose transactions are opened by their first statement."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_factory = Cursor
        self.server_cursor_factory = ServerCursor

    def wait(
        self, gen: Any, interval: float = INTERVAL, timeout: float | None = None
    ) -> Any:
        """Wait as psycopg does, and look up less often meanwhile."""
        return super().wait(gen, interval, timeout)

    def commit(self) -> None:
        """Commit, or say that nothing can be, or that nobody knows."""
        self._before_commit()
        try:
            if self._told is not None and self._opened:
                self._told(self._commit_and_ask())
            else:
                super().commit()
        except psycopg.OperationalError as error:
            if self.closed:
                raise CommitLost(str(error)) from error
            raise
        finally:
            self.disarm()

    def _commit_and_ask(self) -> str:
        cursor = psycopg.Cursor(self)
        with self.pipeline() as pipeline:
            put(COMMIT, pipeline)
            cursor.execute(POSITION)
        row = cursor.fetchone()
        return str(row[0]) if row else ""

    def rollback(self) -> None:
        """Roll back, whatever state the transaction is in."""
        try:
            super().rollback()
        finally:
            self.disarm()


def _open(cursor: Cursor | ServerCursor) -> None:
    if opening := door_of(cursor).take_opening(lasting=True):
        with cursor.connection.pipeline() as pipeline:
            put(opening, pipeline)
