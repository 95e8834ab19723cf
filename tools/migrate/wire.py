"""Several statements as one message, and which of them failed.

A file goes to the server as it stands, together with BEGIN, its record and COMMIT, in
one simple query: one round trip whatever its length, and nothing in between that a
killed client could leave out. psycopg's own `execute` does not tell how many statements
were done before an error; libpq does, by one result for each.
"""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

_CANCEL_SECONDS: Final = 5


class Stopped(Exception):
    """A message ended with *error* after *done* of its statements."""

    def __init__(self, done: int, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.done, self.error = done, error


def send(connection: Connection[Any], text: str) -> None:
    """Execute the statements of *text*, none of them a COPY from or to the client.

    Raises:
        Stopped: one of them failed, or the connection was lost.
        KeyboardInterrupt: then the running statement was cancelled.
    """
    done = 0
    try:
        for result in _results(connection.pgconn, text.encode()):
            done += 1
            if result.status == ExecStatus.FATAL_ERROR:
                error = error_from_result(result, "utf-8")
                _drain(connection.pgconn)
                raise Stopped(done - 1, error)
    except psycopg.OperationalError as lost:
        raise Stopped(done, lost) from lost
    except KeyboardInterrupt:
        with suppress(psycopg.Error):
            connection.cancel_safe(timeout=_CANCEL_SECONDS)
            _drain(connection.pgconn)
        raise


def _results(pgconn: PGconn, message: bytes) -> Iterator[PGresult]:
    """Send *message* and yield what comes back, one result for each statement."""
    with selectors.DefaultSelector() as selector:
        key = selector.register(pgconn.socket, selectors.EVENT_READ)
        pgconn.send_query(message)
        while pgconn.flush():
            both = selectors.EVENT_READ | selectors.EVENT_WRITE
            key = selector.modify(key.fd, both)
            for _, events in selector.select():
                if events & selectors.EVENT_READ:
                    pgconn.consume_input()
        selector.modify(key.fd, selectors.EVENT_READ)
        while True:
            while pgconn.is_busy():
                selector.select()
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                return
            yield result


def _drain(pgconn: PGconn) -> None:
    """Fetch what is left of a message, up to the server's word that it is ready."""
    with suppress(psycopg.Error), selectors.DefaultSelector() as selector:
        selector.register(pgconn.socket, selectors.EVENT_READ)
        while True:
            while pgconn.is_busy():
                selector.select()
                pgconn.consume_input()
            if pgconn.get_result() is None:
                return
