"""A second connection that looks at the migrating session while it works.

It sees what the session itself cannot: that it waits, for whom and for how long, and
how far an index build has come. It opens its connection only when a file takes longer
than a moment, so a run of short files never does.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from tools.console.reporter import Reporter
from tools.migrate import progress
from tools.postgres import locks

_TICK: Final = 0.05  # seconds between two looks
_FIRST: Final = 0.1  # seconds before the first look at a file
_LONG: Final = 0.5  # seconds after which progress is drawn
_RETRY: Final = 0.5  # seconds before a second connection is tried again
_GRACE: Final = 1.01  # of the limit, before a session with several waits is cancelled

_LOOK: Final = """
select coalesce(a.wait_event_type = 'Lock', false),
    case when a.wait_event_type = 'Lock' then (
        select extract(epoch from clock_timestamp() - min(l.waitstart))::float
        from pg_catalog.pg_locks as l where l.pid = a.pid and not l.granted
    ) end,
    case when a.wait_event_type = 'Lock' then pg_catalog.pg_blocking_pids(a.pid) end
from pg_catalog.pg_stat_activity as a
where a.pid = %s
"""
_CANCEL: Final = "select pg_catalog.pg_cancel_backend(%s)"


@dataclass
class _Task:
    """One attempt at a file: when it began, and what its waits add up to."""

    began: float
    limit: float | None
    what: str = ""
    over: float = 0.0
    current: float = 0.0
    blockers: tuple[locks.Session, ...] = ()
    cancelled: bool = False

    @property
    def waited(self) -> float:
        return self.over + self.current

    @property
    def pause(self) -> float:
        """Seconds until the next look: short before the limit is reached."""
        if not self.limit or not self.current:
            return _TICK
        return min(_TICK, max(self.limit * _GRACE - self.waited, 0.001))


class Watch:
    """Looks at one session from a thread of its own.

    Args:
        url: libpq URL of the database.
        pid: of the session's server process.
        report: is told of waits and progress.
    """

    def __init__(self, url: str, pid: int, report: Reporter) -> None:
        self._url, self._pid, self._report = url, pid, report
        self._state = threading.Condition()
        self._task: _Task | None = None
        self._last = _Task(0.0, None)
        self._closed = False
        self._thread: threading.Thread | None = None
        self._connection: psycopg.Connection[Any] | None = None
        self._told = 0.0

    def begin(self, limit: int | None, what: str) -> None:
        """Start looking.

        Args:
            limit: of all waits for locks together, in ms; None or 0 for none.
            what: the migration's id.
        """
        with self._state:
            seconds = None if limit is None or limit <= 0 else limit / 1000
            self._task = self._last = _Task(time.monotonic(), seconds, what)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Stop looking."""
        with self._state:
            self._task = None
        self._report.clear()

    def close(self) -> None:
        """End the thread and its connection."""
        with self._state:
            self._closed, self._task = True, None
            self._state.notify()
        if self._thread:
            self._thread.join()

    @property
    def waited(self) -> float:
        """How long the attempt has waited for locks, in seconds, rather too long.

        A wait that was seen may have gone on after the last look at it.
        """
        task = self._last
        return task.waited + (_TICK if task.current else 0.0)

    @property
    def blockers(self) -> tuple[locks.Session, ...]:
        """Who was last seen in the way of the current or last attempt."""
        return self._last.blockers

    @property
    def cancelled(self) -> bool:
        """Whether the session was cancelled because its waits added up to the limit."""
        return self._last.cancelled

    def _run(self) -> None:
        while True:
            with self._state:
                if not self._closed:
                    self._state.wait(self._task.pause if self._task else _TICK)
                if self._closed:
                    break
                task = self._task
            if task and time.monotonic() - task.began >= self._patience(task):
                self._look(task)
        if self._connection:
            self._connection.close()

    @staticmethod
    def _patience(task: _Task) -> float:
        return _FIRST if task.limit is None else min(_FIRST, task.limit / 3)

    def _look(self, task: _Task) -> None:
        """Take one look; a server that lends no second connection is no error."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    self._url,
                    autocommit=True,
                    application_name="todo-db migrate (watch)",
                )
            row = self._connection.execute(_LOOK, [self._pid]).fetchone()
            if row and self._task is task:
                self._see(task, *row)
                self._draw(self._connection, task)
        except psycopg.Error:
            time.sleep(_RETRY)

    def _draw(self, connection: psycopg.Connection[Any], task: _Task) -> None:
        """Show how far a long statement is; asked for on a terminal only."""
        seconds = time.monotonic() - task.began
        if not self._report.draws or seconds < _LONG:
            return
        text = progress.told(connection, self._pid)
        text = f"{task.what}: {seconds:.0f} s{text and ', '}{text}"
        with self._state:
            if self._task is task:
                self._report.progress(text)

    def _see(
        self, task: _Task, waits: bool, age: float | None, pids: list[int]
    ) -> None:
        if not waits:
            task.over += task.current + (_TICK if task.current else 0.0)
            task.current = 0.0
            return
        seen = age if age is not None else task.current + _TICK
        if seen < task.current:  # a new wait began since the last look
            task.over += task.current
        task.current = seen
        if pids and self._connection:
            task.blockers = locks.sessions(self._connection, pids)
            self._tell(task)
        if task.limit and task.waited >= task.limit * _GRACE and self._connection:
            self._cancel(self._connection, task)

    def _cancel(self, connection: psycopg.Connection[Any], task: _Task) -> None:
        """Cancel the session's statement, unless it has gone on to another file.

        `end` waits for the lock meanwhile, so no later statement can be hit.
        """
        with self._state:
            if self._task is task:
                task.cancelled = True
                connection.execute(_CANCEL, [self._pid])

    def _tell(self, task: _Task) -> None:
        now = time.monotonic()
        if task.current > 1 and now - self._told > 5:
            self._told = now
            text = "; ".join(map(str, task.blockers))
            self._report.note(f"waiting {task.current:.1f} s for a lock of {text}")
