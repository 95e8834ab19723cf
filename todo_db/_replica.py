"""A read replica: read-only sessions use it once it has replayed their user's writes.

Users must see their own writes. So the position of each write in the write-ahead log
is remembered, and until the replica has replayed that far, the primary is read. Where
several processes serve a user, the client carries the position from one to the other.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import text

from .errors import MisuseError, PoolExhausted, Unavailable

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

_FORM: Final = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})", re.ASCII)
_PAUSE: Final = 5.0  # seconds; a replica that is down is not asked every time
_REPLAYED: Final = text("select pg_catalog.pg_last_wal_replay_lsn()::text")


class WriteLsns:
    """The position (LSN) of each user's last write in this process.

    Args:
        size: users to remember; the newest position of all others stands for them.
    """

    def __init__(self, size: int = 10_000) -> None:
        self._size, self._of_others = size, 0
        self._found: OrderedDict[UUID, int] = OrderedDict()
        self._lock = Lock()

    def note(self, user_id: UUID, lsn: str) -> None:
        """Remember that *user_id* has written up to *lsn*."""
        with self._lock:
            known = self._found.pop(user_id, 0)
            self._found[user_id] = max(known, parse_lsn(lsn))
            if len(self._found) > self._size:
                _, forgotten = self._found.popitem(last=False)
                self._of_others = max(self._of_others, forgotten)

    def last_of(self, user_id: UUID) -> int:
        """Return what a server must have replayed that *user_id* reads from."""
        with self._lock:
            return self._found.get(user_id, self._of_others)


class Replica:
    """What is known of a replica, by the engine that leads there."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._replayed = -1  # it was not asked yet
        self._paused_until = 0.0

    def has_replayed(self, lsn: int) -> bool:
        """Return whether it can be read, and has replayed *lsn*.

        It is asked only when that is not known yet, which costs a round trip.
        """
        if time.monotonic() < self._paused_until:
            return False
        if lsn > self._replayed:
            try:
                with self.engine.connect() as connection:
                    found = connection.execute(_REPLAYED).scalar()
            except (Unavailable, PoolExhausted):
                self.pause()
                return False
            self._replayed = max(self._replayed, parse_lsn(found) if found else 0)
        return lsn <= self._replayed

    def pause(self) -> None:
        """Do not use it for some seconds."""
        self._paused_until = time.monotonic() + _PAUSE
        self._replayed = -1  # what answers then may be another server


def parse_lsn(lsn: str) -> int:
    """Return *lsn*, `16/B374D848`, as a number.

    Raises:
        MisuseError: it is no position.
    """
    if not (found := _FORM.fullmatch(lsn)):
        raise MisuseError("a position in the WAL has the form 16/B374D848")
    return int(found[1], 16) << 32 | int(found[2], 16)


def format_lsn(lsn: int) -> str:
    """Return *lsn* as PostgreSQL writes it."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFF_FFFF:X}"
