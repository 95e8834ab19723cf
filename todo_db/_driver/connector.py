"""Makes connections, and tries again while a server starts or wakes up."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import psycopg

from .._retry import delays
from . import diagnosis, loaders
from .connection import Connection
from .connection_async import AsyncConnection

if TYPE_CHECKING:
    from ..settings import Settings

# Seconds. libpq gives no SQLSTATE for a failed log-in, so that a wrong password and a
# server without a free slot look alike until the password has been right once.
_DOUBTFUL: Final = 2.0


def parameters(settings: Settings) -> dict[str, str]:
    """Return what libpq is to be told; the URL has the last word."""
    return {
        "application_name": settings.application_name,
        "connect_timeout": str(settings.connect_timeout),
        "client_encoding": "UTF8",
        "gssencmode": "disable",  # asks for tickets that nobody uses here
        **settings.address.parameters,
    }


class Connector:
    """Connects to the address of *settings*, again and again within its budget."""

    def __init__(self, settings: Settings) -> None:
        self.has_connected = False
        self.budget = settings.retry_budget
        self._settings = settings
        self._parameters: dict[str, Any] = {
            **parameters(settings),
            "autocommit": True,  # for the driver; see wire
            # A statement that is prepared by name can be replaced by SQL, and a pooler
            # hands out a server connection each time on which it does not exist.
            "prepare_threshold": None,
        }

    def connect(self, given: dict[str, Any]) -> Connection:
        """Return a new connection.

        Args:
            given: what SQLAlchemy wants it to be made with.

        Raises:
            psycopg.OperationalError: the last one, when the budget is used up.
            StartupError: no repetition can mend it; the text says what can.
        """
        pause = _RetryPause(self)
        options = {**self._parameters, **given}
        while True:
            try:
                connection = Connection.connect(**options)
            except psycopg.OperationalError as error:
                self._raise_if_final(error)
                time.sleep(pause.after(error))
            else:
                self.has_connected = True
                connection.reconnect = partial(self.connect, given)
                loaders.register(connection)
                return connection

    async def connect_async(self, *_: Any, **given: Any) -> AsyncConnection:
        """Return a new asynchronous connection, as `connect` does."""
        pause = _RetryPause(self)
        options = {**self._parameters, **given}
        while True:
            try:
                connection = await AsyncConnection.connect(**options)
            except psycopg.OperationalError as error:
                await asyncio.to_thread(self._raise_if_final, error)
                await asyncio.sleep(pause.after(error))
            else:
                self.has_connected = True
                connection.reconnect = partial(self.connect_async, **given)
                loaders.register(connection)
                return connection

    def _raise_if_final(self, error: psycopg.OperationalError) -> None:
        """Raise a StartupError if trying again cannot help.

        A replica has no budget: sessions read from the primary while it is away. Once
        it has let somebody in, its failures are taken for passing ones.
        """
        if self.budget or not self.has_connected:
            address, seconds = self._settings.address, self._settings.connect_timeout
            if refusal := diagnosis.diagnose(address, error, seconds):
                raise refusal from error


class _RetryPause:
    """How long to wait before the next try, within one attempt to connect."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._began = time.monotonic()
        self._delays = delays(connector.budget)

    def after(self, error: psycopg.OperationalError) -> float:
        """Return the seconds to wait after *error*, or raise it."""
        asked = error.pgconn is not None and error.pgconn.used_password
        if asked and not self._connector.has_connected:
            if time.monotonic() - self._began > _DOUBTFUL:
                raise error
        delay = next(self._delays, None)
        if delay is None:
            raise error
        return delay
