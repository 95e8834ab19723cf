"""The synchronous connection and its cursors.

It is `wire_async` without `async` and `await`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

import psycopg

from .wire import (
    ATTEMPTS,
    COMMIT,
    INTERVAL,
    POSITION,
    CommitLost,
    Door,
    Preamble,
    door_of,
    put,
    put_before,
)


class Cursor(psycopg.Cursor[Any]):
    """A cursor that sends what opens the transaction before its own statement."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Run *query*; without parameters too it goes as one single statement.

        The simple protocol, which psycopg chooses when there are no parameters, would
        let an injected `;` add a statement, a COMMIT included.
        """
        if params and door_of(self).is_open:
            return super().execute(query, params, **options)
        _open_if_unknown(self)
        _with_preamble(self, partial(super().execute, query, params, **options))
        return self

    def executemany(
        self, query: Any, params_seq: Iterable[Any], *, returning: bool = False
    ) -> None:
        """Run *query* once for each of *params_seq*, in one pipeline."""
        _open_if_unknown(self)
        many = list(params_seq)  # they may have to be sent twice
        send = partial(super().executemany, query, many, returning=returning)
        _with_preamble(self, send)

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
    """Let the preamble travel alone, if a transaction is not open yet."""
    if not door_of(cursor).is_open:
        _with_preamble(cursor, None)


def _open_if_unknown(cursor: Cursor) -> None:
    """Let the preamble travel alone, if the driver would misread what follows it."""
    door = door_of(cursor)
    if door.opening is not None and not door.knows:
        _with_preamble(cursor, None)


def _with_preamble(
    cursor: Cursor | ServerCursor, work: Callable[[], Any] | None
) -> None:
    """Do *work* after what must travel before it, on a new connection if need be.

    Args:
        cursor: the one that *work* uses.
        work: sends a statement; None opens a transaction for those that follow.
    """
    door = door_of(cursor)
    for left in reversed(range(ATTEMPTS)):
        opening = door.opening
        try:
            _send(cursor, door.preamble(lasting=work is None), work)
            if work is not None or opening is None or door.knows or not left:
                return
        except psycopg.Error as error:
            if not left or not door.blames(error):
                raise
        if door.again is None:
            return
        door.adopt(door.again(), opening, cursor)


def _send(
    cursor: Cursor | ServerCursor,
    preamble: Preamble,
    work: Callable[[], Any] | None,
) -> None:
    door = door_of(cursor)
    try:
        with cursor.connection.pipeline() as pipeline:
            put_before(preamble.before, pipeline, door)
            put(preamble.claim, pipeline)
            if work is not None:
                work()
            put(preamble.after, pipeline)
    except psycopg.Error as error:
        door.give_up(error)
        raise
