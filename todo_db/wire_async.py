"""The asynchronous connection and its cursors.

`wire_sync` is this module without `async` and `await`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self

import psycopg

from .wire import COMMIT, INTERVAL, POSITION, CommitLost, Door, door_of, put


class AsyncCursor(psycopg.AsyncCursor[Any]):
    """A cursor that sends what opens the transaction before its own statement."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Run *query*; without parameters too it goes as one single statement.

        The simple protocol, which psycopg chooses when there are no parameters, would
        let an injected `;` add a statement, a COMMIT included.
        """
        opening = door_of(self).take_opening()
        if params and not opening:
            return await super().execute(query, params, **options)
        async with self.connection.pipeline() as pipeline:
            put(opening, pipeline)
            return await super().execute(query, params, **options)

    async def executemany(
        self, query: Any, params_seq: Iterable[Any], *, returning: bool = False
    ) -> None:
        """Run *query* once for each of *params_seq*, in one pipeline."""
        opening = door_of(self).take_opening()
        async with self.connection.pipeline() as pipeline:
            put(opening, pipeline)
            await super().executemany(query, params_seq, returning=returning)

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
    if opening := door_of(cursor).take_opening(lasting=True):
        async with cursor.connection.pipeline() as pipeline:
            put(opening, pipeline)
