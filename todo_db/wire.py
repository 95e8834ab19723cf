"""Connections that open their transaction together with its first statement.

A plain session needs four round trips for one read: BEGIN, the identity, the query,
COMMIT. Here the first three travel in one psycopg pipeline. The connection is in
autocommit mode for the driver, which would otherwise wait for the BEGIN that it sends
by itself; the BEGIN is ours, and `commit()` and `rollback()` still end it.

Here is what needs no I/O; `wire_async` and `wire_sync` hold the connections.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import psycopg
from psycopg.pq import ConnStatus, PipelineStatus, TransactionStatus

if TYPE_CHECKING:
    from .clocks import ServerClock


class CommitLost(psycopg.OperationalError):
    """The connection went away during COMMIT, so nobody knows what became of it."""


class CommitRefused(psycopg.ProgrammingError):
    """A statement failed before, so that COMMIT would be a ROLLBACK in silence."""


class TransactionGone(psycopg.ProgrammingError):
    """The transaction was ended by a statement, so there is no identity any more."""


Statements: TypeAlias = Sequence[tuple[bytes, Sequence[bytes]]]


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands at the beginning of a transaction.

    Args:
        begin: the BEGIN with its modes.
        statements: what sets role, token and limits, and more if need be; each with
            its parameters as text, for $1 and so on.
        lasts: whether the transaction lasts until `commit()`. Otherwise each statement
            is one of its own, without BEGIN and COMMIT, in a single round trip.
        told: is given the position in the WAL that holds the transaction, after its
            COMMIT and in the same round trip.
    """

    begin: bytes
    statements: Statements
    lasts: bool = True
    told: Callable[[str], None] | None = None


COMMIT: Final[Statements] = ((b"commit", ()),)
# Seconds. psycopg wakes each connection that waits ten times a second to look for an
# interrupt; a thousand of them keep a core busy with nothing.
INTERVAL: Final = 0.5
POSITION: Final = "select pg_catalog.pg_current_wal_insert_lsn()::text"


class Door:
    """The state of a connection that the synchronous and asynchronous class share."""

    pgconn: psycopg.pq.abc.PGconn
    clock: ServerClock  # of the server that it leads to
    _opening: Opening | None = None
    _opened: bool = False
    _told: Callable[[str], None] | None = None

    def arm(self, opening: Opening) -> None:
        """Let the next statement begin a transaction with *opening*."""
        if not self.is_clean:
            raise psycopg.InterfaceError("the connection is already in a transaction")
        self._opening, self._opened, self._told = opening, False, opening.told

    def disarm(self) -> None:
        """Forget the transaction: it has ended, or never began."""
        self._opening, self._opened, self._told = None, False, None

    def take_opening(self, *, lasting: bool = False) -> Statements:
        """Return what must be sent before the next statement.

        Args:
            lasting: whether the statement needs a transaction that outlasts it.
        """
        opening = self._opening
        if opening is None:
            if self._opened and self._status is TransactionStatus.IDLE:
                raise TransactionGone("a statement ended the transaction")
            return ()
        if not (opening.lasts or lasting):
            return opening.statements
        self._opening, self._opened = None, True
        return ((opening.begin, ()), *opening.statements)

    def last(self) -> None:
        """Let the transaction last until `commit()` from its next statement on."""
        if self._opening is not None:
            self._opening = replace(self._opening, lasts=True)

    @property
    def is_clean(self) -> bool:
        """Whether the next user of the pool may have the connection."""
        return (
            self._opening is None
            and not self._opened
            and self._status is TransactionStatus.IDLE
            and self.pgconn.pipeline_status == PipelineStatus.OFF
            and cast(psycopg.Connection, self).autocommit
        )

    def has_gone(self) -> bool:
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
        if self.has_gone():
            raise psycopg.OperationalError("the server had hung up before the commit")

    @property
    def _status(self) -> TransactionStatus:
        return TransactionStatus(self.pgconn.transaction_status)


def door_of(cursor: object) -> Door:
    """Return the connection of *cursor*, which is one of this package's."""
    return cast(Door, cursor.connection)  # type: ignore[attr-defined]


def put(
    opening: Statements, pipeline: psycopg.Pipeline | psycopg.AsyncPipeline
) -> None:
    """Put *opening* into *pipeline*; it leaves with the statement that follows.

    A cursor for each statement would do the same, in separate packets.
    """
    for text, values in opening:
        pipeline.pgconn.send_query_params(text, values)
        pipeline.result_queue.append(None)  # the result is checked, and not kept
