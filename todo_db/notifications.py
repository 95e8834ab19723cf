"""Notifications of the database, over a connection that makes itself again.

    async for notice in listen(settings, "tasks"):
        if notice is None:
            ...  # something may have been missed: look for yourself, then go on
        else:
            print(notice.payload)

NOTIFY obeys no row security, so a payload holds ids at the most, and whoever gets one
asks for the row in a session of the user. A pooler in transaction mode passes nothing
on: the direct host is needed, TODO_DIRECT_URL, which is found by itself on Neon.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg
from psycopg import sql

from ._driver import diagnosis
from ._driver.connector import parameters
from ._retry import delays

if TYPE_CHECKING:
    from psycopg import Notify

    from .settings import Settings

_SILENCE: Final = 30.0  # seconds after which a silent connection is asked
_FOREVER: Final = float("inf")


async def listen(settings: Settings, *channels: str) -> AsyncIterator[Notify | None]:
    """Give what is sent to *channels*; None at the start and after each gap.

    It never ends by itself: a server that is away is asked again, ever more slowly.

    Raises:
        SettingsError: there is no direct host to listen on.
        StartupError: it lets nobody in, and never will; the text says what to change.
    """
    address, limit = settings.without_pooler(), settings.connect_timeout
    options = parameters(replace(settings, address=address))
    pauses = delays(_FOREVER)
    while True:
        try:
            async with await _subscribed(options, channels) as connection:
                pauses = delays(_FOREVER)
                yield None
                async for notice in _notices(connection):
                    yield notice
        except psycopg.OperationalError as error:
            if no := await asyncio.to_thread(diagnosis.diagnose, address, error, limit):
                raise no from error
            await asyncio.sleep(next(pauses))


async def _subscribed(
    options: Mapping[str, str], channels: Sequence[str]
) -> psycopg.AsyncConnection[Any]:
    connection = await psycopg.AsyncConnection.connect(
        "", autocommit=True, **cast("dict[str, Any]", options)
    )
    for channel in channels:
        await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
    return connection


async def _notices(
    connection: psycopg.AsyncConnection[Any],
) -> AsyncIterator[Notify]:
    while True:
        async for notice in connection.notifies(timeout=_SILENCE):
            yield notice
        await connection.execute("select 1")  # raises when nobody is there any more
