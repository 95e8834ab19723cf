"""The server's clock, by which tokens begin and end; the app's own may be wrong.

It is read on a new connection, and not again for some minutes. If a token is refused
all the same, a clock may have been set meanwhile: the connection is closed, and the
next one reads the clock again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

_GOOD_FOR: Final = 300.0  # seconds; clocks are set now and then, and drift a little
# Microseconds as a whole number: how a fraction is written is a setting.
_ASK: Final = (
    "select (extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::bigint"
)


class ServerClock:
    """How far the clock of one server is ahead of this machine's."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._read_at = float("-inf")

    def now(self) -> float:
        """Return the server's time in Unix seconds, right to half a round trip."""
        return time.time() + self._ahead

    def expire(self) -> None:
        """Read the clock again on the next new connection."""
        self._read_at = float("-inf")

    def read(self, connection: DBAPIConnection) -> None:
        """Read the clock through *connection*, unless that was done lately."""
        before = time.time()
        # A step of this machine's own clock, back or forth, makes an answer old too.
        if abs(before - self._read_at) < _GOOD_FOR:
            return
        cursor = connection.cursor()
        try:
            cursor.execute(_ASK)
            (there,) = cast("tuple[int]", cursor.fetchone())
        finally:
            cursor.close()
        after = time.time()
        self._ahead, self._read_at = there / 1e6 - (before + after) / 2, after
