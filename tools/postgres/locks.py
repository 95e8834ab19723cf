"""Waiting for other runs and for other sessions, never in silence and never for ever.

Two locks are meant here. One keeps two runs of migrations apart: an advisory lock of
the session, which ends with it however it ends. The others are the locks of tables: a
migration that queues for one stops all traffic behind it, so it gives up after its
limit and tries again later.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import psycopg
from psycopg import Connection

from tools.console import Failure
from tools.console.reporter import Reporter
from tools.postgres import intruder

T = TypeVar("T")

LATER: Final = 75  # EX_TEMPFAIL of sysexits.h: nothing is wrong, try again
KEY: Final = int.from_bytes(b"todo_mig")  # any constant; readable in pg_locks
_POLL: Final = 0.1  # seconds between two attempts at the advisory lock
_REPEAT: Final = 5.0  # seconds between two lines about the same wait
_FIRST_PAUSE: Final = 0.25  # seconds before the second attempt at a file
_LONGEST_PAUSE: Final = 5.0

_HOLDER: Final = """
select a.pid, a.usename, a.application_name, a.backend_type, a.state,
    extract(epoch from clock_timestamp() - a.backend_start)::float, a.query
from pg_catalog.pg_locks as l
join pg_catalog.pg_stat_activity as a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
and l.database = (
    select oid from pg_catalog.pg_database where datname = current_database()
)
and l.classid = %s and l.objid = %s
"""
_SESSIONS: Final = """
select a.pid, a.usename, a.application_name, a.backend_type, a.state,
    extract(
        epoch from clock_timestamp() - coalesce(a.xact_start, a.query_start)
    )::float,
    a.query
from pg_catalog.pg_stat_activity as a
where a.pid = any(%s)
"""


@dataclass(frozen=True)
class Session:
    """Another session that stands in the way; None where we may not see it.

    Args:
        age: of its transaction, or of the session for the holder of the run's lock,
            in seconds.
    """

    pid: int
    user: str | None
    application: str | None
    kind: str | None
    state: str | None
    age: float | None
    query: str | None

    def __str__(self) -> str:
        who = self.application or self.kind or "unknown program"
        age = "since an unknown time" if self.age is None else f"for {self.age:.1f} s"
        text = f"pid {self.pid} ({who}, {self.user or 'no user'}), {age}"
        if self.state and self.state != "active":
            text += f", {self.state}"
        query = " ".join((self.query or "").split())
        return f"{text}: {query[:120]}" if query else text


class LockedOut(Exception):
    """The limit of waiting for locks is used up; *blockers* as last seen."""

    def __init__(self, blockers: tuple[Session, ...]) -> None:
        super().__init__("lock timeout")
        self.blockers = blockers


def acquire(connection: Connection[Any], limit: float, report: Reporter) -> None:
    """Take the advisory lock of migration runs, waiting *limit* seconds at most.

    It polls: a session that waits inside `pg_advisory_lock` holds a snapshot, and
    CREATE INDEX CONCURRENTLY in the run that has the lock would wait for that snapshot.

    A session whose login cannot migrate is no run: it is ended.

    Raises:
        Failure: another run holds it; with its pid, application and age.
    """
    started = told = time.monotonic()
    while not _try(connection):
        now = time.monotonic()
        session = holder(connection)
        if session and (role := intruder.end(connection, session.pid)):
            report.note(f"ended a session of {role}, which held the lock of migrations")
            continue
        if now - started >= limit:
            raise Failure(
                f"another run of migrations holds the lock: {session or 'just ended'}",
                next="wait for it and run again, or, if it hangs, end it: select"
                f" pg_terminate_backend({session.pid if session else '<pid>'})",
                status=LATER,
            )
        if session and (told == started or now - told >= _REPEAT):
            report.note(f"waiting for another run of migrations: {session}")
            told = now
        time.sleep(_POLL * random.uniform(0.5, 1.5))  # noqa: S311 - jitter


def release(connection: Connection[Any]) -> None:
    """Give the advisory lock back; a lost connection has done so already."""
    if not connection.closed:
        connection.execute("select pg_catalog.pg_advisory_unlock(%s)", [KEY])


def holder(connection: Connection[Any]) -> Session | None:
    """Return the session that holds the advisory lock."""
    row = connection.execute(_HOLDER, [KEY >> 32, KEY & 0xFFFFFFFF]).fetchone()
    return Session(*row) if row else None


def sessions(connection: Connection[Any], pids: list[int]) -> tuple[Session, ...]:
    """Return what can be seen of *pids*; 0 stands for a prepared transaction."""
    rows = connection.execute(_SESSIONS, [pids]).fetchall()
    found = tuple(Session(*row) for row in rows)
    if 0 in pids:
        prepared = Session(0, None, "a prepared transaction", None, None, None, None)
        found += (prepared,)
    return found


def retried(attempt: Callable[[], T], what: str, limit: int, report: Reporter) -> T:
    """Return what *attempt* returns, repeating it while it is only locked out.

    Args:
        attempt: a whole transaction.
        what: the migration's id.
        limit: how long to go on, in milliseconds.
        report: is told of each failed attempt and who was in the way.

    Raises:
        Failure: still locked out at the end, with the last blocker.
    """
    started = time.monotonic()
    for pause in _pauses():
        try:
            return attempt()
        except (LockedOut, psycopg.Error) as error:
            if not (isinstance(error, LockedOut) or passing(error)):
                raise
            reason = _reason(error)
            if time.monotonic() + pause - started > limit / 1000:
                raise Failure(
                    f"{what} could not get its locks in {limit / 1000:g} s: {reason}",
                    next="nothing of it stayed; run again when that has ended, or end"
                    " it with select pg_terminate_backend(<pid>)",
                    status=LATER,
                ) from None
            report.note(f"{what} gave way, next try in {pause:.1f} s: {reason}")
            time.sleep(pause)
    raise AssertionError("pauses are endless")


def passing(error: BaseException) -> bool:
    """Tell whether *error* comes from a race that a second attempt may win."""
    if isinstance(
        error,
        psycopg.errors.DeadlockDetected
        | psycopg.errors.LockNotAvailable
        | psycopg.errors.SerializationFailure,
    ):
        return True
    # Roles are shared by all databases of a server: another database's run may have
    # changed the same one a moment ago.
    if isinstance(error, psycopg.errors.InternalError_):
        return "tuple concurrently" in str(error)
    if isinstance(error, psycopg.errors.UniqueViolation):
        return (error.diag.constraint_name or "").startswith("pg_")
    return False


def _reason(error: BaseException) -> str:
    if isinstance(error, LockedOut):
        blockers = "; ".join(map(str, error.blockers))
        return f"blocked by {blockers or 'a session that ended meanwhile'}"
    return str(error).split("\n")[0]


def _try(connection: Connection[Any]) -> bool:
    sql = "select pg_catalog.pg_try_advisory_lock(%s)"
    row = connection.execute(sql, [KEY]).fetchone()
    return bool(row and row[0])


def _pauses() -> Iterator[float]:
    """Yield growing pauses in seconds, with full jitter above half."""
    base = _FIRST_PAUSE
    while True:
        yield base * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
        base = min(base * 2, _LONGEST_PAUSE)
