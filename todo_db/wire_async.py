"""The asynchronous connection and its cursors.

`wire_sync` is this module without `async` and `await`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
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


class AsyncCursor(psycopg.AsyncCursor[Any]):
    """A cursor that sends what opens the transaction before its own statement."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Run *query*; without parameters too it goes as one single statement.

        The simple protocol, which psycopg chooses when there are no parameters, would
        let an injected `;` add a statement, a COMMIT included.
        """
        if params and door_of(self).is_open:
            return await super().execute(query, params, **options)
        await _open_if_unknown(self)
        await _with_preamble(self, partial(super().execute, query, params, **options))
        return self

    async def executemany(
        self, query: Any, params_seq: Iterable[Any], *, returning: bool = False
    ) -> None:
        """Run *query* once for each of *params_seq*, in one pipeline."""
        await _open_if_unknown(self)
        many = list(params_seq)  # they may have to be sent twice
        send = partial(super().executemany, query, many, returning=returning)
        await _with_preamble(self, send)

    @asynccontextmanager
    async def copy(
        self, statement: Any, params: Any = None, **options: Any
    ) -> AsyncIterator[psycopg.AsyncCopy]:
        """Begin a COPY; it cannot travel in a pipeline, so the opening goes first."""
        await _open(self)
        async with super().copy(statement, params, **options) as copy:
            yield copy

    async def stream(
        self, query: Any, params: Any = None, **options: Any
    ) -> AsyncIterator[Any]:
        """Give the rows of *query* as they come; the opening goes first."""
        await _open(self)
        async for row in super().stream(query, params, **options):
            yield row


class AsyncServerCursor(psycopg.AsyncServerCursor[Any]):
    """A cursor of the server; it ends with the transaction."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Declare the cursor; the opening goes first."""
        if self.withhold:
            raise psycopg.NotSupportedError("WITH HOLD would outlive the identity")
        await _open(self)
        return await super().execute(query, params, **options)


class AsyncConnection(Door, psycopg.AsyncConnection[Any]):
    """A connection whose transactions are opened by their first statement."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_factory = AsyncCursor
        self.server_cursor_factory = AsyncServerCursor

    async def wait(
        self, gen: Any, interval: float = INTERVAL, timeout: float | None = None
    ) -> Any:
        """Wait as psycopg does, and look up less often meanwhile."""
        return await super().wait(gen, interval, timeout)

    async def commit(self) -> None:
        """Commit, or say that nothing can be, or that nobody knows."""
        self._before_commit()
        try:
            if self._told is not None and self._opened:
                self._told(await self._commit_and_ask())
            else:
                await super().commit()
        except psycopg.OperationalError as error:
            if self.closed:
                raise CommitLost(str(error)) from error
            raise
        finally:
            self.disarm()

    async def _commit_and_ask(self) -> str:
        cursor = psycopg.AsyncCursor(self)
        async with self.pipeline() as pipeline:
            put(COMMIT, pipeline)
            await cursor.execute(POSITION)
        row = await cursor.fetchone()
        return str(row[0]) if row else ""

    async def rollback(self) -> None:
        """Roll back, whatever state the transaction is in."""
        try:
            await super().rollback()
        finally:
            self.disarm()


async def _open(cursor: AsyncCursor | AsyncServerCursor) -> None:
    """Let the preamble travel alone, if a transaction is not open yet."""
    if not door_of(cursor).is_open:
        await _with_preamble(cursor, None)


async def _open_if_unknown(cursor: AsyncCursor) -> None:
    """Let the preamble travel alone, if the driver would misread what follows it."""
    door = door_of(cursor)
    if door.opening is not None and not door.knows:
        await _with_preamble(cursor, None)


async def _with_preamble(
    cursor: AsyncCursor | AsyncServerCursor, work: Callable[[], Any] | None
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
            await _send(cursor, door.preamble(lasting=work is None), work)
            if work is not None or opening is None or door.knows or not left:
                return
        except psycopg.Error as error:
            if not left or not door.blames(error):
                raise
        if door.again is None:
            return
        door.adopt(await door.again(), opening, cursor)


async def _send(
    cursor: AsyncCursor | AsyncServerCursor,
    preamble: Preamble,
    work: Callable[[], Any] | None,
) -> None:
    door = door_of(cursor)
    try:
        async with cursor.connection.pipeline() as pipeline:
            put_before(preamble.before, pipeline, door)
            put(preamble.claim, pipeline)
            if work is not None:
                await work()
            put(preamble.after, pipeline)
    except psycopg.Error as error:
        door.give_up(error)
        raise
