"""What stands before a compute that scales to zero, and wakes it when one comes."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Final, Literal

Manner = Literal["hold", "refuse", "cut"]

_HOST: Final = "127.0.0.1"
_ASK_FOR_TLS: Final = struct.pack("!i", 80877103)
_FIELDS: Final = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
_STARTING_UP: Final = b"E" + struct.pack("!i", len(_FIELDS) + 4) + _FIELDS
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: end by RST, not by FIN


class Gateway:
    """Leads to the socket *target* while it is awake.

    Args:
        target: the socket of the compute.
        sleep: puts the compute to sleep; it blocks.
        wake: wakes it; it blocks.
        manner: what becomes of who comes while it wakes up: they wait, are told that it
            starts (57P03), or are cut off.

    Attributes:
        port: where it listens.
        woken: how often the compute was woken.
        turned_away: how many came too early, and had to come again.
    """

    def __init__(
        self,
        target: Path,
        sleep: Callable[[], None],
        wake: Callable[[], None],
        manner: Manner,
    ) -> None:
        self._target, self._sleep, self._wake = target, sleep, wake
        self._manner = manner
        self._waking: asyncio.Task[None] | None = None
        self._is_asleep = False
        self._open: set[asyncio.StreamWriter] = set()
        self.port = self.woken = self.turned_away = 0

    async def suspend(self) -> None:
        """Cut every connection, in one way and the other, and stop the compute."""
        self._is_asleep = True
        for writer, how in zip(list(self._open), cycle(("FIN", "RST")), strict=False):
            if how == "RST":
                end: socket.socket = writer.get_extra_info("socket")
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        await asyncio.to_thread(self._sleep)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one client."""
        self._open.add(writer)
        try:
            if self._is_asleep and not await self._admit(reader, writer):
                self.turned_away += 1
                return
            await self._join(reader, writer)
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _admit(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if self._waking is None:
            self._waking = asyncio.create_task(self._rouse())
        if self._manner == "hold":
            await asyncio.shield(self._waking)
            return True
        if self._manner == "refuse":
            await _refuse(reader, writer)
        return False

    async def _rouse(self) -> None:
        await asyncio.sleep(0.2)  # a server of the tests starts sooner than a compute
        await asyncio.to_thread(self._wake)
        self.woken += 1
        self._is_asleep, self._waking = False, None

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        back, forth = await asyncio.open_unix_connection(str(self._target))
        try:
            ways = [_pump(reader, forth), _pump(back, writer)]
            both = [asyncio.create_task(way) for way in ways]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for way in both:
                way.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        finally:
            forth.close()


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the start-up packet as a server that is starting."""
    try:
        while True:
            size = int.from_bytes(await reader.readexactly(4))
            if await reader.readexactly(size - 4) != _ASK_FOR_TLS:
                break
            writer.write(b"N")
        writer.write(_STARTING_UP)
        await writer.drain()
    except asyncio.IncompleteReadError:
        pass


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()


@asynccontextmanager
async def gateway(
    target: Path,
    sleep: Callable[[], None],
    wake: Callable[[], None],
    manner: Manner,
) -> AsyncIterator[Gateway]:
    """Listen on a free port of this machine, in front of *target*."""
    made = Gateway(target, sleep, wake, manner)
    listener = await asyncio.start_server(made.serve, _HOST, 0)
    made.port = listener.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listener.close()
