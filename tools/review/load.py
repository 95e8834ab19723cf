"""A small load: one session reads and one writes each table, and times every try."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from types import TracebackType
from typing import Any, Final, Self

import psycopg

from tools.review.runner import Error

PAUSE: Final = 0.002  # seconds between two tries of one session
_ROWS: Final = 50  # rows that the writer takes in turn
_READY: Final = 20  # tries of each session before the migration begins

_SHAPE: Final = """
select
    c.relkind,
    array(
        select a.attname::text from pg_index as i
        join pg_attribute as a
            on a.attrelid = i.indrelid and a.attnum = any (i.indkey::smallint[])
        where i.indrelid = c.oid and i.indisprimary order by a.attnum
    ),
    array(
        select a.attname::text from pg_attribute as a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and a.attgenerated = '' and a.attidentity <> 'a' order by a.attnum
    )
from pg_class as c where c.oid = %s::regclass
"""


@dataclass(frozen=True)
class Wait:
    """What one kind of traffic on one table waited, in seconds.

    Attributes:
        table: quoted and qualified.
        kind: `reads` or `writes`.
        longest: of the tries that met the migration.
        usual: the median of the tries before it.
        tries: how many met the migration: few where each had to wait.
        error: what the server said when it ended a try, such as a deadlock.
    """

    table: str
    kind: str
    longest: float
    usual: float
    tries: int = 0
    error: Error | None = None


class _Session(threading.Thread):
    """Repeats one statement; `tries` holds when each began and ended."""

    def __init__(self, url: str, table: str, kind: str, text: str, keys: Sequence[Any]):
        super().__init__(daemon=True)
        self.table, self.kind = table, kind
        self.tries: list[tuple[float, float]] = []
        self.error: Error | None = None
        self.ready, self.enough = threading.Event(), threading.Event()
        self._url, self._text, self._keys = url, text, keys

    def run(self) -> None:
        keys = cycle(self._keys or [()])
        with psycopg.connect(self._url, autocommit=True) as connection:
            # The application's triggers may want an identity; locks do not need them.
            connection.execute("set session_replication_role = replica")
            while not self.enough.is_set():
                began = time.perf_counter()
                try:
                    connection.execute(self._text.encode(), next(keys))
                except psycopg.Error as error:
                    self._note(error)
                    if not isinstance(error, psycopg.errors.DeadlockDetected):
                        break  # the table or a column of the statement is gone
                finally:
                    self.tries.append((began, time.perf_counter()))
                if len(self.tries) >= _READY:
                    self.ready.set()
                time.sleep(PAUSE)
        self.ready.set()

    def _note(self, error: psycopg.Error) -> None:
        first = str(error).splitlines()[0]
        self.error = Error(self.table, self.kind, error.sqlstate or "", first)


class Load:
    """Runs the sessions from entering the block to leaving it.

    Args:
        url: a superuser's address.
        tables: quoted and qualified; those that cannot be written are only read.
    """

    def __init__(self, url: str, tables: Iterable[str]) -> None:
        self._sessions: list[_Session] = []
        with psycopg.connect(url, autocommit=True) as connection:
            for table in sorted(set(tables)):
                for kind, text, keys in _statements(connection, table):
                    session = _Session(url, table, kind, text, keys)
                    self._sessions.append(session)

    def __enter__(self) -> Self:
        for session in self._sessions:
            session.start()
        for session in self._sessions:
            session.ready.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in self._sessions:
            session.enough.set()
        for session in self._sessions:
            session.join()

    def waits(self, began: float, ended: float) -> list[Wait]:
        """Give the longest tries that met the time from *began* to *ended*.

        Call it after the block: a try that still waits has no end.
        """
        found = []
        for session in self._sessions:
            met = [e - b for b, e in session.tries if b < ended and e > began]
            calm = [e - b for b, e in session.tries if e <= began]
            found.append(
                Wait(
                    session.table,
                    session.kind,
                    max(met, default=0.0),
                    median(calm) if calm else 0.0,
                    len(met),
                    session.error,
                )
            )
        return found


def _statements(
    connection: psycopg.Connection[Any], table: str
) -> Iterable[tuple[str, str, Sequence[Any]]]:
    """Give kind, text and parameters of what is to be repeated on *table*."""
    row = connection.execute(_SHAPE, [table]).fetchone()
    if row is None or row[0] not in "rpm":
        return
    kind, key, plain = row
    yield "reads", f"select 1 from {table} limit 1", ()  # noqa: S608 - from the catalogue
    if kind == "m" or not plain:
        return
    names = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in key or plain[:1]]
    column = f'"{plain[-1].replace(chr(34), chr(34) * 2)}"'
    pick = f"select {', '.join(names)} from {table} limit {_ROWS}"  # noqa: S608
    keys = connection.execute(pick.encode()).fetchall()
    where = " and ".join(f"{name} = %s" for name in names) if keys else "false"
    yield "writes", f"update {table} set {column} = {column} where {where}", keys  # noqa: S608
