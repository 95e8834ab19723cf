"""A proxy on a Unix socket that counts round trips, delays them, and cuts them off."""

from __future__ import annotations

import queue
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tools.postgres.server import Cluster


class Wiretap:
    """What passes between clients and the server.

    Attributes:
        home: the directory in which it listens.
        round_trips: how often the server said that it is ready for more, for which a
            client waits.
        sent: what the clients have sent, joined.
        received: how many bytes the server has sent.
        messages: how many whole messages went in each direction.
        latency: seconds by which a message to the server is late.
    """

    def __init__(self, home: Path, target: Path) -> None:
        self.home, self.latency = home, 0.0
        self._target = target
        self._lock = threading.Lock()
        self._left: dict[str, int | None] = {}
        self._whole: dict[str, int | None] = {}
        self.cut()
        self.reset()

    def url(self, direct: str) -> str:
        """Return the address *direct* as it is through the tap."""
        here, there = quote(str(self._target.parent)), quote(str(self.home))
        return direct.replace(here, there)

    def reset(self) -> None:
        """Count from nothing again."""
        with self._lock:
            self.round_trips, self.sent, self.received = 0, b"", 0
            self.messages = {"sent": 0, "received": 0}

    def cut(self, *, sent: int | None = None, received: int | None = None) -> None:
        """Cut one connection after so many more bytes in one direction; None: never."""
        with self._lock:
            self._left = {"sent": sent, "received": received}
            self._whole = {"sent": None, "received": None}

    def cut_between(self, direction: str, messages: int) -> None:
        """Cut one connection after so many more whole messages in *direction*."""
        with self._lock:
            self._whole[direction] = messages

    def serve(self, listener: socket.socket) -> None:
        """Accept connections until *listener* is closed."""
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._target))
            line: queue.Queue[tuple[float, bytes]] = queue.Queue()
            others = [
                threading.Thread(target=self._to_client, args=(client, server)),
                threading.Thread(target=self._late, args=(line, client, server)),
            ]
            for other in others:
                other.start()
            self._listen(client, line)
            for other in others:
                other.join()

    def _listen(
        self, client: socket.socket, line: queue.Queue[tuple[float, bytes]]
    ) -> None:
        """Put what *client* says on the line, with the time at which it arrives."""
        data = b"?"
        while data:
            try:
                data = client.recv(65536)
            except OSError:
                data = b""
            with self._lock:
                self.sent += data
            line.put((time.monotonic() + self.latency, data))

    def _late(
        self,
        line: queue.Queue[tuple[float, bytes]],
        client: socket.socket,
        server: socket.socket,
    ) -> None:
        with _both(client, server):
            framing = Framing(greets=True)
            while True:
                due, data = line.get()
                time.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    return
                self._pass(data, "sent", server, framing)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        unread, framing = b"", Framing()
        with _both(client, server):
            while data := server.recv(65536):
                ready, unread = _count_ready(unread + data)
                with self._lock:
                    self.round_trips += ready
                    self.received += len(data)
                self._pass(data, "received", client, framing)

    def _pass(
        self, data: bytes, direction: str, end: socket.socket, framing: Framing
    ) -> None:
        ends = framing.ends(data)
        with self._lock:
            self.messages[direction] += len(ends)
            left = self._left[direction]
            whole = self._whole[direction]
            if whole is not None and whole <= len(ends):
                left = [0, *ends][whole]
                self._whole[direction] = None
            elif whole is not None:
                self._whole[direction] = whole - len(ends)
            if left is not None and left <= len(data):
                self._left[direction] = None
            elif left is not None:
                self._left[direction] = left - len(data)
        if left is not None and left <= len(data):
            end.sendall(data[:left])
            raise ConnectionAbortedError
        end.sendall(data)


class Framing:
    """Where messages end in one direction of a connection.

    Args:
        greets: whether the first message has no letter before its length, as the
            client's start-up packet.
    """

    def __init__(self, *, greets: bool = False) -> None:
        self._letter, self._head, self._left = int(not greets), b"", 0

    def ends(self, data: bytes) -> list[int]:
        """Return after which of *data*, the next bytes, a message is whole."""
        found, at = [], 0
        while at < len(data):
            if not self._left:
                missing = self._letter + 4 - len(self._head)
                self._head += data[at : at + missing]
                at = min(at + missing, len(data))
                if len(self._head) < self._letter + 4:
                    break
                self._left = int.from_bytes(self._head[self._letter :]) - 4
                self._head, self._letter = b"", 1
            step = min(self._left, len(data) - at)
            self._left, at = self._left - step, at + step
            if not self._left:
                found.append(at)
        return found


def _count_ready(stream: bytes) -> tuple[int, bytes]:
    """Return how many ReadyForQuery messages *stream* has, and its unfinished rest."""
    ready, at = 0, 0
    while len(stream) >= at + 5:
        size = 1 + int.from_bytes(stream[at + 1 : at + 5])
        if len(stream) < at + size:
            break
        ready += stream[at : at + 1] == b"Z"
        at += size
    return ready, stream[at:]


@contextmanager
def _both(client: socket.socket, server: socket.socket) -> Iterator[None]:
    """End both directions when one of them ends."""
    try:
        yield
    except OSError:
        pass
    finally:
        for end in (client, server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


@contextmanager
def tapped(cluster: Cluster) -> Iterator[Wiretap]:
    """Listen in a directory of its own, in front of the socket of *cluster*."""
    with (
        tempfile.TemporaryDirectory(prefix="tap-") as home,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        target = cluster.socket / f".s.PGSQL.{cluster.port}"
        listener.bind(str(Path(home) / target.name))
        listener.listen(64)
        tap = Wiretap(Path(home), target)
        threading.Thread(target=tap.serve, args=(listener,), daemon=True).start()
        yield tap
