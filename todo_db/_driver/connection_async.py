"""The asynchronous connection and its cursors.

`connection` is generated from this module, by `python -m tools.dev.async_to_sync`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Self

import psycopg

from .pipelined_transaction import (
    ATTEMPTS,
    COMMIT,
    CURRENT_LSN,
    INTERVAL,
    CommitLost,
    PipelineBatch,
    PipelinedTransaction,
    end_with_sync,
    put,
    put_before,
    transaction_of,
)


class AsyncCursor(psycopg.AsyncCursor[Any]):
    """A cursor that sends the preamble in front of its first statement."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Run *query*; without parameters too it goes as one single statement.

        The simple protocol, which psycopg chooses when there are no parameters, would
        let an injected `;` add a statement, a COMMIT included.
        """
        if params and transaction_of(self).in_transaction:
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
        """Begin a COPY; it cannot travel in a pipeline, so the preamble goes first."""
        await _open(self)
        async with super().copy(statement, params, **options) as copy:
            yield copy

    async def stream(
        self, query: Any, params: Any = None, **options: Any
    ) -> AsyncIterator[Any]:
        """Give the rows of *query* as they come; the preamble goes first."""
        await _open(self)
        async for row in super().stream(query, params, **options):
            yield row


class AsyncServerCursor(psycopg.AsyncServerCursor[Any]):
    """A cursor of the server; it ends with the transaction."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Declare the cursor; the preamble goes first."""
        if self.withhold:
            raise psycopg.NotSupportedError("WITH HOLD would outlive the identity")
        await _open(self)
        return await super().execute(query, params, **options)


class AsyncConnection(PipelinedTransaction, psycopg.AsyncConnection[Any]):
    """A connection whose transactions are opened by their first statement."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_factory = AsyncCursor
        self.server_cursor_factory = AsyncServerCursor

    async def wait(
        self, gen: Any, interval: float = INTERVAL, timeout: float | None = None
    ) -> Any:
        """Wait as psycopg does, with fewer wake-ups."""
        return await super().wait(gen, interval, timeout)

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[psycopg.AsyncPipeline]:
        """Switch to pipeline mode, which ends with a Sync and nothing behind it."""
        async with super().pipeline() as pipeline:
            end_with_sync(pipeline)
            yield pipeline

    async def commit(self) -> None:
        """Commit.

        Raises:
            CommitRefused, TransactionGone: there is nothing that could be committed.
            CommitLost: the connection went away; nobody knows whether it was.
        """
        self._before_commit()
        try:
            if self._on_commit is not None and self._opened:
                self._on_commit(await self._commit_and_read_lsn())
            else:
                await super().commit()
        except psycopg.OperationalError as error:
            if self.closed:
                raise CommitLost(str(error)) from error
            raise
        finally:
            self.clear_preamble()

    async def _commit_and_read_lsn(self) -> str:
        cursor = psycopg.AsyncCursor(self)
        async with self.pipeline() as pipeline:
            put(COMMIT, pipeline)
            await cursor.execute(CURRENT_LSN)
        row = await cursor.fetchone()
        return str(row[0]) if row else ""

    async def rollback(self) -> None:
        """Roll back, whatever state the transaction is in."""
        try:
            await super().rollback()
        finally:
            self.clear_preamble()


async def _open(cursor: AsyncCursor | AsyncServerCursor) -> None:
    """Send the preamble alone, if a transaction is not open yet."""
    if not transaction_of(cursor).in_transaction:
        await _with_preamble(cursor, None)


async def _open_if_unknown(cursor: AsyncCursor) -> None:
    """Send the preamble alone, if the driver would misread what follows it."""
    transaction = transaction_of(cursor)
    if transaction.preamble is not None and not transaction.knows_text_settings:
        await _with_preamble(cursor, None)


async def _with_preamble(
    cursor: AsyncCursor | AsyncServerCursor, work: Callable[[], Any] | None
) -> None:
    """Do *work* after the preamble, on a new connection if the session is unusable.

    Args:
        cursor: the one that *work* uses.
        work: sends a statement; None opens a transaction for those that follow.
    """
    transaction = transaction_of(cursor)
    for left in reversed(range(ATTEMPTS)):
        preamble = transaction.preamble
        try:
            await _send(cursor, transaction.next_batch(lasting=work is None), work)
            if (
                work is not None
                or preamble is None
                or transaction.knows_text_settings
                or not left
            ):
                return
        except psycopg.Error as error:
            if not left or not transaction.is_session_fault(error):
                raise
        if transaction.reconnect is None:
            return
        transaction.take_over(await transaction.reconnect(), preamble, cursor)


async def _send(
    cursor: AsyncCursor | AsyncServerCursor,
    batch: PipelineBatch,
    work: Callable[[], Any] | None,
) -> None:
    transaction = transaction_of(cursor)
    try:
        async with cursor.connection.pipeline() as pipeline:
            put_before(batch.before, pipeline, transaction)
            put(batch.claim, pipeline)
            if work is not None:
                await work()
            put(batch.after, pipeline)
    except psycopg.Error as error:
        transaction.close_if_in_pipeline(error)
        raise
