"""Notices when a thread or task that works for one user begins to work for another.

That is hardly ever meant, and the mix-up would be silent: both sessions would work,
each on rows of its own user.
"""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ..errors import MisuseError


@dataclass(slots=True, eq=False)
class OpenSession:
    """A session that is open in a thread or task.

    Attributes:
        user_id: whose it is.
        worker: the thread or task; a child task inherits the variable, not the session.
        outer: the place around it.
    """

    user_id: UUID
    worker: object
    outer: OpenSession | None
    is_open: bool = True


_innermost: Final[ContextVar[OpenSession | None]] = ContextVar(
    "todo_db_session", default=None
)


def enter(user_id: UUID) -> OpenSession:
    """Open a place for *user_id* and return it.

    Raises:
        MisuseError: a session of another user is open in this thread or task.
    """
    worker, outer = _worker(), _innermost.get()
    while outer is not None and not outer.is_open:
        outer = outer.outer
    if outer is not None and outer.worker is worker and outer.user_id != user_id:
        raise MisuseError("a session of another user is open in this thread or task")
    session = OpenSession(user_id, worker, outer)
    _innermost.set(session)
    return session


def leave(session: OpenSession) -> None:
    """Close *session*; another context than the one that opened it may do so.

    Frameworks run the two halves of a dependency in different threads, so that the
    variable's own reset would fail.
    """
    session.is_open = False
    if _innermost.get() is session:
        _innermost.set(session.outer)


def _worker() -> object:
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    return threading.current_thread() if task is None else task
