"""Connections that open their transaction together with its first statement.

A plain session needs four round trips for one read: BEGIN, the identity, the query,
COMMIT. Here the first three travel in one psycopg pipeline, and a single read takes its
COMMIT along too. The connection is in autocommit mode for the driver, which would
otherwise wait for the BEGIN that it sends by itself; the BEGIN is ours, and `commit()`
and `rollback()` still end it.

Whatever runs as the login may have left something in the session: settings, prepared
statements, cursors, locks. It is thrown away in front of the BEGIN, in the same round
trip. Where that fails, as with a time limit of a millisecond, the connection is
exchanged for a new one.

Here is what needs no I/O; `connection_async` has the connections, and `connection` is
generated from it.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from weakref import ref

import psycopg
from psycopg.pq import ConnStatus, ExecStatus, PipelineStatus, TransactionStatus

if TYPE_CHECKING:
    from .._identity.server_clock import ServerClock


class CommitLost(psycopg.OperationalError):
    """The connection went away during COMMIT, so nobody knows what became of it."""


class CommitRefused(psycopg.ProgrammingError):
    """A statement failed before, so that COMMIT would be a ROLLBACK in silence."""


class TransactionGone(psycopg.ProgrammingError):
    """The transaction was ended by a statement, so there is no identity any more."""


class CopyLeftOpen(psycopg.ProgrammingError):
    """A COPY was sent as if it were a query, which its connection does not survive."""


Statements: TypeAlias = Sequence[tuple[bytes, Sequence[bytes]]]


@dataclass(frozen=True, slots=True)
class Preamble:
    """The first statements of a transaction.

    Args:
        begin: the BEGIN with all of its modes, whatever the session's defaults are.
        statements: what sets role, token and limits, and more if need be; each with
            its parameters as text, for $1 and so on.
        lasts: whether the transaction lasts until `commit()`. Otherwise each statement
            is one of its own, BEGIN and COMMIT included, in a single round trip.
        claim: what follows, and may fail because of what the caller asked, such as a
            command id that was used before.
        on_commit: is given the position in the write-ahead log that holds the
            transaction; it is asked for together with the COMMIT, in one round trip.
    """

    begin: bytes
    statements: Statements
    lasts: bool = True
    claim: Statements = ()
    on_commit: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class PipelineBatch:
    """What is sent together with a statement, in one pipeline.

    Args:
        before: what is sent before it.
        claim: what follows those; see `Preamble`.
        after: what is sent after it.
    """

    before: Statements = ()
    claim: Statements = ()
    after: Statements = ()


COMMIT: Final[Statements] = ((b"commit", ()),)
_ROLLBACK: Final[Statements] = ((b"rollback", ()),)
# Everything that a session holds beyond a transaction, in a transaction of its own: a
# rollback of the next one brings nothing back, and UNLISTEN works at COMMIT. DISCARD
# ALL says the same in one statement, but makes every foreign key and trigger plan anew,
# which costs an insert 0.3 ms.
_RESETS: Final[Statements] = (
    (b"begin isolation level read committed, read only, not deferrable", ()),
    (b"reset all", ()),
    (b"deallocate all", ()),
    (b"close all", ()),
    (b"discard temp", ()),
    (b"discard sequences", ()),
)
# A server in recovery refuses it, and LISTEN too.
_UNLISTEN: Final[Statements] = ((b"unlisten *", ()),)
# For a statement outside of a transaction; an preamble of ours has the same calls.
_PLAIN: Final[Statements] = (
    (
        b"select pg_catalog.set_config('role', 'none', false),"
        b" pg_catalog.pg_advisory_unlock_all()",
        (),
    ),
)
# What the driver writes and reads text by; app.pin_settings() states the same.
_TEXT_SETTINGS: Final = {
    b"client_encoding": b"UTF8",
    b"DateStyle": b"ISO, MDY",
    b"IntervalStyle": b"postgres",
    b"standard_conforming_strings": b"on",
}
ATTEMPTS: Final = 3  # connections on which an preamble is tried
_IDENTITY_REFUSED: Final = "28000"
# Seconds. psycopg wakes each connection that waits ten times a second to look for an
# interrupt; a thousand of them keep a core busy with nothing.
INTERVAL: Final = 0.5
CURRENT_LSN: Final = "select pg_catalog.pg_current_wal_insert_lsn()::text"


class PipelinedTransaction:
    """The state of a connection that the synchronous and asynchronous class share."""

    pgconn: psycopg.pq.abc.PGconn
    clock: ServerClock  # of the server that it leads to
    reconnect: Callable[[], Any] | None = None  # makes another one like it
    _preamble: Preamble | None = None
    _opened: bool = False
    _on_commit: Callable[[str], None] | None = None
    _waiting: int = 0  # statements of the preamble that have not succeeded

    def set_preamble(self, preamble: Preamble) -> None:
        """Let the next statement begin a transaction with *preamble*."""
        if not self.is_clean:
            raise psycopg.InterfaceError("the connection is already in a transaction")
        self._preamble, self._opened, self._on_commit = (
            preamble,
            False,
            preamble.on_commit,
        )

    def clear_preamble(self) -> None:
        """Forget the transaction: it has ended, or never began."""
        self._preamble, self._opened, self._on_commit = None, False, None

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction goes on, so that nothing is sent before a statement."""
        if self._preamble is not None:
            return False
        if self._status is not TransactionStatus.IDLE:
            return True
        if self._opened:
            raise TransactionGone("a statement ended the transaction")
        return False

    def next_batch(self, *, lasting: bool = False) -> PipelineBatch:
        """Return what must travel with the next statement.

        Args:
            lasting: whether the statement needs a transaction that outlasts it.
        """
        if self.in_transaction:
            return PipelineBatch()
        status = self.pgconn.parameter_status
        stands_by = status(b"in_hot_standby") == b"on"
        unlisten = () if stands_by else _UNLISTEN
        resets = (*_RESETS, *unlisten, *COMMIT)
        preamble = self._preamble
        if preamble is None:
            return PipelineBatch((*resets, *_PLAIN))
        failed = self._status is TransactionStatus.INERROR  # a single read before it
        rollback = _ROLLBACK if failed else ()
        before = (*rollback, *resets, (preamble.begin, ()), *preamble.statements)
        if preamble.lasts or lasting:
            self._preamble, self._opened = None, True
            return PipelineBatch(before, preamble.claim)
        return PipelineBatch(before, preamble.claim, COMMIT)

    @property
    def preamble(self) -> Preamble | None:
        """What the next statement will begin a transaction with."""
        return self._preamble

    @property
    def knows_text_settings(self) -> bool:
        """Whether the driver writes and reads text as it will be in a transaction.

        It does so as the server said last. Otherwise the preamble must travel first.
        """
        status = self.pgconn.parameter_status
        return all(status(name) == value for name, value in _TEXT_SETTINGS.items())

    def is_session_fault(self, error: psycopg.Error) -> bool:
        """Return whether *error* is about what the session was, not what is asked.

        Nothing has been done then, so that it can be done on another connection.
        """
        return (
            self._waiting > 0
            and self.reconnect is not None
            and not isinstance(error, TransactionGone | CopyLeftOpen)
            and error.sqlstate != _IDENTITY_REFUSED
        )

    def expect(self, statements: int) -> None:
        """Let so many statements of a preamble be waited for."""
        self._waiting = statements

    def close_if_in_pipeline(self, error: psycopg.Error) -> None:
        """Close the connection if *error* has left it within its pipeline.

        Nothing else ends a COPY that was begun there, and its place in the pool would
        be taken until somebody collects the garbage.

        Raises:
            CopyLeftOpen: it was a COPY.
        """
        if self.pgconn.pipeline_status == PipelineStatus.OFF:
            return
        # The preamble was answered, the server is there, and only the driver complains.
        is_copy = (
            not self._waiting and error.sqlstate is None and not self.is_disconnected()
        )
        self.pgconn.finish()
        if is_copy:
            text = "COPY is no query; use the `copy()` of a cursor of the driver"
            raise CopyLeftOpen(text) from error

    def take_over(self, other: Any, preamble: Preamble | None, cursor: Any) -> None:
        """Take over what *other* is connected to, and be armed with *preamble* again.

        Args:
            other: a new connection of the same class, which is of no use afterwards.
            preamble: what the connection was armed with.
            cursor: the one that will be used there.
        """
        self.pgconn.finish()
        self.pgconn = other.pgconn
        del other.pgconn  # so that it is not closed with the object
        me: ref[Any] = ref(self)
        base = psycopg.Connection
        self.pgconn.notice_handler = partial(base._notice_handler, me)
        self.pgconn.notify_handler = partial(base._notify_handler, me)
        self._preamble, self._opened, self._waiting = preamble, False, 0
        cursor._pgconn, cursor._last_query = self.pgconn, None

    def keep_open(self) -> None:
        """Let the transaction last until `commit()` from its next statement on."""
        if self._preamble is not None:
            self._preamble = replace(self._preamble, lasts=True)

    @property
    def is_clean(self) -> bool:
        """Whether the next user of the pool may have the connection."""
        return (
            self._preamble is None
            and not self._opened
            and self._status is TransactionStatus.IDLE
            and self.pgconn.pipeline_status == PipelineStatus.OFF
            and cast(psycopg.Connection, self).autocommit
        )

    def is_disconnected(self) -> bool:
        """Return whether the server has hung up; asks the socket, not the server."""
        readable = select.poll()
        if self.pgconn.status == ConnStatus.OK:
            readable.register(self.pgconn.socket, select.POLLIN)
        try:
            while self.pgconn.status == ConnStatus.OK and readable.poll(0):
                self.pgconn.consume_input()
                self.pgconn.is_busy()  # takes in what came: a farewell, a notice
        except psycopg.OperationalError:
            return True
        return self.pgconn.status != ConnStatus.OK

    def _before_commit(self) -> None:
        if self._status is TransactionStatus.INERROR:
            raise CommitRefused("a statement of the transaction failed")
        if self._opened and self._status is TransactionStatus.IDLE:
            raise TransactionGone("a statement ended the transaction")
        if self.is_disconnected():
            raise psycopg.OperationalError("the server had hung up before the commit")

    @property
    def _status(self) -> TransactionStatus:
        return TransactionStatus(self.pgconn.transaction_status)


def transaction_of(cursor: object) -> PipelinedTransaction:
    """Return the connection of *cursor*, which is one of this package's."""
    return cast(PipelinedTransaction, cursor.connection)  # type: ignore[attr-defined]


def end_with_sync(pipeline: psycopg.Pipeline | psycopg.AsyncPipeline) -> None:
    """Let *pipeline* end with its Sync; psycopg sends a Flush behind it.

    Where the transaction has ended by then, PgBouncer takes a server for the Flush,
    waits for an answer that a Flush has not, and never gives the server to anybody else
    (https://github.com/pgbouncer/pgbouncer/issues/759).
    """

    def end() -> Generator[Any, Any, None]:
        try:
            pipeline._enqueue_sync()
            yield from pipeline._communicate_gen()
        finally:
            yield from pipeline._fetch_gen(flush=False)

    pipeline._exit_gen = end  # type: ignore[method-assign]


def put(
    statements: Statements, pipeline: psycopg.Pipeline | psycopg.AsyncPipeline
) -> None:
    """Put *statements* into *pipeline*; they leave with the statement that follows.

    A cursor for each statement would do the same, in separate packets.
    """
    for text, values in statements:
        pipeline.pgconn.send_query_params(text, values)
        pipeline.result_queue.append(None)  # the result is checked, and not kept


def put_before(
    statements: Statements,
    pipeline: psycopg.Pipeline | psycopg.AsyncPipeline,
    transaction: PipelinedTransaction,
) -> None:
    """Put *statements* into *pipeline* as `put` does; *transaction* counts them."""
    transaction.expect(len(statements))
    send, counted = (
        pipeline.pgconn.send_query_params,
        (cast(Any, _Counted(transaction)), None),
    )
    for text, values in statements:
        send(text, values)
        pipeline.result_queue.append(counted)


class _Counted:
    """Stands where psycopg looks for the cursor that a result belongs to."""

    def __init__(self, transaction: PipelinedTransaction) -> None:
        self._transaction = transaction

    def _check_results(self, results: list[psycopg.pq.abc.PGresult]) -> None:
        for result in results:
            if result.status == ExecStatus.PIPELINE_ABORTED:
                raise psycopg.errors.PipelineAborted("pipeline aborted")
            if result.status == ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result)

    def _set_results(self, results: list[psycopg.pq.abc.PGresult]) -> None:
        self._transaction.expect(self._transaction._waiting - 1)
