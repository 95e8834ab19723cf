"""Observers of a migrating session: the locks it takes, and what it does to tables."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

from tools.migrate.session import Session
from tools.migrate.statements import Statement
from tools.postgres.target import libpq_url
from tools.review import locks
from tools.review.locks import Held, Mode, Relation

_TICK: Final = (
    0.001  # seconds between two looks at a statement outside of a transaction
)
_GATE: Final = 1.0  # seconds after which the door opens even if nobody came
_MOST: Final = 0.99  # of a table's rows: reading that many is a scan of all of it


class LockWatch:
    """Notes the locks that each statement took, by line of the file.

    In a transaction every lock is held to its end, so one look after each statement
    misses none. A statement that runs outside of one is looked at all the time; and a
    lock on every table makes it wait for the first one that it takes, so that even a
    short one is seen.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._url = libpq_url(session.url)
        self._pid = session.connection.info.backend_pid
        self._connection = psycopg.connect(self._url, autocommit=True)
        self._known = locks.relations(self._connection)
        self._before: Held = {}
        self._poll: _Poll | None = None
        self.taken: dict[Statement, Held] = {}

    @property
    def touched(self) -> frozenset[str]:
        """The tables of which anything was locked."""
        return frozenset(r.table for held in self.taken.values() for r in held)

    def close(self) -> None:
        """End its connection."""
        self._connection.close()

    def before(self, statement: Statement, *, alone: bool) -> None:
        """Note what is held already, or begin to look all the time."""
        self._before = {}
        if alone:
            self._poll = _Poll(self._url, self._pid, self._known)
        else:
            self._before = locks.sample(self._connection, self._pid, self._known)

    def after(self, statement: Statement, *, alone: bool) -> None:
        """Note what is new or stronger."""
        if self._poll:
            held, self._poll = self._poll.end(), None
        else:
            held = locks.sample(self._connection, self._pid, self._known)
        self.taken[statement] = {
            relation: mode
            for relation, mode in sorted(held.items())
            if mode > self._before.get(relation, 0)
        }


class _Poll:
    """Looks at a session from a thread of its own until it is told to end."""

    def __init__(self, url: str, pid: int, known: Mapping[int, Relation]) -> None:
        self._url, self._pid, self._known = url, pid, known
        self._held: dict[Relation, Mode] = {}
        self._done, self._open = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._open.wait(_GATE)

    def end(self) -> Held:
        """Stop looking, and give the strongest lock seen on each relation."""
        self._done.set()
        self._thread.join()
        return self._held

    def _run(self) -> None:
        with (
            psycopg.connect(self._url, autocommit=True) as eye,
            psycopg.connect(self._url) as door,
        ):
            _enter(door, self._known)
            self._open.set()
            opens = time.monotonic() + _GATE
            while not self._done.is_set():
                held = locks.sample(eye, self._pid, self._known)
                for relation, mode in held.items():
                    self._held[relation] = max(mode, self._held.get(relation, mode))
                if held or time.monotonic() > opens:
                    door.rollback()
                time.sleep(_TICK)


def _enter(door: psycopg.Connection[Any], known: Mapping[int, Relation]) -> None:
    """Open a transaction with a lock that lets read and write, but not maintain."""
    tables = [relation.table for relation in known.values() if not relation.part]
    if tables:
        text = (
            f"lock table only {', only '.join(tables)} in share update exclusive mode"
        )
        door.execute(text.encode())


@dataclass(frozen=True)
class Work:
    """What one statement did to tables that were there before; rows by table."""

    rewritten: tuple[str, ...] = ()
    rebuilt: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    scanned: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[str, int] = field(default_factory=dict)

    @property
    def grows(self) -> bool:
        """Whether it takes longer the more rows there are."""
        return bool(self.rewritten or self.rebuilt or self.scanned or self.written)


_Count = tuple[int | None, int, int, int, int]

_IN_TRANSACTION: Final = """
select c.oid, pg_relation_filenode(c.oid), pg_relation_size(c.oid),
    pg_stat_get_xact_numscans(c.oid), pg_stat_get_xact_tuples_returned(c.oid),
    pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
    + pg_stat_get_xact_tuples_deleted(c.oid)
from pg_class as c where c.oid = any (%s) and c.relkind in ('r', 'm', 'i')
"""
_OVERALL: Final = """
select c.oid, pg_relation_filenode(c.oid), pg_relation_size(c.oid),
    pg_stat_get_numscans(c.oid), pg_stat_get_tuples_returned(c.oid),
    pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid)
    + pg_stat_get_tuples_deleted(c.oid)
from pg_class as c where c.oid = any (%s) and c.relkind in ('r', 'm', 'i')
"""


class WorkWatch:
    """Notes rewrites, full scans and rows written, from the server's own counters.

    Nobody else may work in the database meanwhile.
    """

    def __init__(self, session: Session) -> None:
        self._session = session.connection
        self._other = psycopg.connect(libpq_url(session.url), autocommit=True)
        self._other.execute("set stats_fetch_consistency = none")
        self._known = locks.relations(self._other)
        counts = self._other.execute("select oid, reltuples::bigint from pg_class")
        self._rows: dict[int, int] = {row[0]: row[1] for row in counts}
        self._before: dict[int, _Count] = {}
        self.work: dict[Statement, Work] = {}

    def close(self) -> None:
        """End its connection."""
        self._other.close()

    def before(self, statement: Statement, *, alone: bool) -> None:
        """Read the counters."""
        self._before = self._read(alone)

    def after(self, statement: Statement, *, alone: bool) -> None:
        """Read them again and note the difference."""
        after = self._read(alone)
        changed = [o for o, b in self._before.items() if o in after and b != after[o]]
        moved = [o for o in changed if self._before[o][0] != after[o][0]]
        filled = [o for o in moved if after[o][1] or not self._before[o][1]]
        tables = [o for o in changed if not self._known[o].part]
        self.work[statement] = Work(
            self._names(o for o in filled if o in tables),
            self._names(o for o in filled if o not in tables),
            self._names(o for o in moved if o not in filled and o in tables),
            {str(self._known[o]): n for o in tables if (n := self._scanned(o, after))},
            {str(self._known[o]): n for o in tables
             if (n := after[o][4] - self._before[o][4])},
        )  # fmt: skip

    def _read(self, alone: bool) -> dict[int, _Count]:
        if alone:
            self._session.execute("select pg_stat_force_next_flush()")
            query, connection = _OVERALL, self._other
        else:
            query, connection = _IN_TRANSACTION, self._session
        found = connection.execute(query, [list(self._known)]).fetchall()
        return {row[0]: row[1:] for row in found}

    def _scanned(self, oid: int, after: Mapping[int, _Count]) -> int:
        """Give the rows of the table if all of them were read, else 0."""
        rows = self._rows.get(oid, 0)
        read = after[oid][3] - self._before[oid][3]
        scans = after[oid][2] - self._before[oid][2]
        return rows if rows > 0 and scans and read >= rows * _MOST else 0

    def _names(self, oids: Iterator[int]) -> tuple[str, ...]:
        return tuple(sorted(str(self._known[oid]) for oid in oids))


@contextmanager
def watching(*watches: LockWatch | WorkWatch) -> Iterator[None]:
    """Close the watches at the end."""
    try:
        yield
    finally:
        for watch in watches:
            watch.close()
