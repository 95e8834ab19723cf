"""Reads instants as UTC, whatever zone the session was in when the driver last heard.

psycopg gives an instant the zone that the server named last. That is news only after
the first statement of a transaction, and until then what somebody else had set.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from psycopg.types.datetime import TimestamptzLoader

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection
    from psycopg.abc import Buffer


class InstantLoader(TimestamptzLoader):
    """Reads a timestamptz in ISO form."""

    def load(self, data: Buffer) -> dt.datetime:
        """Return the instant in UTC."""
        try:
            instant = dt.datetime.fromisoformat(bytes(data).decode())
        except ValueError:  # infinity, before Christ: psycopg says what is wrong
            instant = super().load(data)
        return instant if instant.tzinfo is dt.UTC else instant.astimezone(dt.UTC)


def register(connection: Connection | AsyncConnection) -> None:
    """Let *connection* read instants so."""
    connection.adapters.register_loader("timestamptz", InstantLoader)
